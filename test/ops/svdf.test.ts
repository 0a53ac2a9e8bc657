import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/graph/types.ts';
import { type SvdfAttributes, type SvdfParameters, svdf } from '../../src/ops/svdf.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat, int8Tensor, nodeOf } from '../support/operands.ts';
import {
  describeCases,
  expectSequence,
  int8,
  int8Weight,
  outputStages,
  propertyRuns,
  referenceSequence,
  values,
} from '../support/oracle.ts';
import { expectCompiledSequence } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

describeCases('svdf', 'svdf_s8');

const int16Weight = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -32768, max: 32767 }) },
  { weight: 2, arbitrary: fc.constantFrom(-32768, -32767, 32767) },
);

/** Any SVDF with a sequence of inputs. */
const sequences = (wide: boolean) =>
  fc
    .record({
      inputCount: fc.integer({ min: 1, max: 40 }),
      unitCount: fc.integer({ min: 1, max: 7 }),
      rank: fc.integer({ min: 1, max: 3 }),
      memory: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 20 })),
    })
    .chain((shape) => {
      const { inputCount, unitCount, rank, memory } = shape;
      const filters = unitCount * rank;
      const length = filters * memory;
      const wideWeights = fc
        .array(int16Weight, { minLength: length, maxLength: length })
        .map((list) => Int16Array.from(list));
      return fc.record({
        inputs: fc.array(values(int8, inputCount), { minLength: 1, maxLength: 6 }),
        parameters: fc.record({
          inputCount: fc.constant(inputCount),
          unitCount: fc.constant(unitCount),
          rank: fc.constant(rank),
          memory: fc.constant(memory),
          inputZeroPoint: int8,
          stateZeroPoint: fc.oneof(fc.constant(0), int8),
          featureWeights: values(int8Weight, filters * inputCount),
          feature: outputStages(1).map(({ multipliers, shifts }) => ({
            multiplier: multipliers[0] as number,
            shift: shifts[0] as number,
          })),
          timeWeights: wide ? wideWeights : values(int8Weight, length),
          bias: fc
            .array(fc.integer({ min: -(2 ** 24), max: 2 ** 24 }), {
              minLength: unitCount,
              maxLength: unitCount,
            })
            .map((list) => Int32Array.from(list)),
          output: outputStages(1).map((stage) =>
            wide ? { ...stage, shifts: stage.shifts.map((shift) => shift - 8) } : stage,
          ),
        }),
      });
    });

/** A node with a state of int8 or int16; scales are powers of two, so that values can be worked out by hand. */
function node(
  changes: {
    readonly rank?: number;
    readonly activation?: 'none' | 'relu';
    readonly wide?: boolean;
    readonly input?: Partial<Tensor>;
    readonly features?: Partial<Tensor>;
    readonly time?: Partial<Tensor>;
    readonly bias?: Partial<Tensor>;
    readonly output?: { readonly scale: number; readonly zeroPoint: number };
  } = {},
): ReturnType<typeof nodeOf<SvdfAttributes, SvdfParameters>> {
  const { rank = 1, activation = 'none', wide = false } = changes;
  const timeData = wide ? Int16Array.of(256, 512, 1, 2) : Int8Array.of(1, 2, 3, 4);
  const inputs: Tensor[] = [
    { ...int8Tensor('x', [1, 3], 0.5, 1), ...changes.input },
    {
      ...int8Tensor('features', [2, 3], 0.25, 0, Int8Array.of(1, 2, 3, -4, -5, -6)),
      ...changes.features,
    },
    {
      ...int8Tensor('time', [2, 2], 0.125),
      dtype: wide ? 'int16' : 'int8',
      data: timeData,
      ...changes.time,
    },
    {
      name: 'bias',
      shape: [2 / rank],
      dtype: 'int32',
      quantization: { scale: [0.03125], zeroPoint: [0] },
      data: Int32Array.from({ length: 2 / rank }, (_, i) => 10 * i),
      ...changes.bias,
    },
  ];
  return nodeOf(
    svdf,
    attributes(rank, activation),
    inputs,
    changes.output ?? { scale: 1, zeroPoint: 3 },
  );
}

const attributes = (rank: number, activation: 'none' | 'relu') => ({
  rank,
  activation,
  stateScale: 0.25,
  stateZeroPoint: 2,
});

describe('svdf', () => {
  it('remembers what its filters saw, and forgets it after as many steps as they have weights', () => {
    // In steps of the state, 0.25, a filter sees half of the sum: (1, 1, 1) gives 3 and -7.5, which is rounded upwards.
    const parameters = svdf.prepare(node({ output: { scale: 0.03125, zeroPoint: 0 } }));
    const nothing = Int8Array.of(1, 1, 1);
    const ones = Int8Array.of(2, 2, 2);
    const inputs = [nothing, ones, nothing, nothing];
    const expected = [
      Int8Array.of(0, 10),
      Int8Array.of(2 * 3, 10 - 4 * 7),
      Int8Array.of(1 * 3, 10 - 3 * 7),
      Int8Array.of(0, 10),
    ];
    expectSequence(svdf, parameters, inputs, expected);
  });

  it.each([false, true])('keeps a state in every kernel variant (int16: %s)', (wide) => {
    fc.assert(
      fc.property(sequences(wide), ({ parameters, inputs }) => {
        expectSequence(svdf, parameters, inputs, referenceSequence(svdf, parameters, inputs));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('starts anew where it is given no state', () => {
    const parameters = svdf.prepare(node());
    const input = Int8Array.of(5, 50, 100);
    const [first, second] = referenceSequence(svdf, parameters, [input, input]);
    expect(first).not.toEqual(second);
    expect(svdf.reference(parameters, [input])).toEqual(first);
    expect(svdf.reference(parameters, [input])).toEqual(first);
  });

  it('wraps sums over an int16 state as int32', () => {
    const prepared = svdf.prepare(node({ wide: true }));
    const parameters: SvdfParameters = {
      ...prepared,
      stateZeroPoint: 0,
      feature: { multiplier: 2 ** 30, shift: 10 },
      timeWeights: new Int16Array(4).fill(-32768),
      output: { ...prepared.output, shifts: Int32Array.of(-24) },
    };
    // The second unit remembers -32768 twice: the sum, 2^31, is -2^31 in 32 bits.
    const inputs = [Int8Array.of(127, 127, 127), Int8Array.of(127, 127, 127)];
    const [first, second] = referenceSequence(svdf, parameters, inputs) as [Int8Array, Int8Array];
    expect(first[1]).toBeGreaterThan(0);
    expect(second[1]).toBeLessThan(0);
    expectSequence(svdf, parameters, inputs, [first, second]);
  });

  it.each([1, 2])('is near the float op in the first step, of rank %i', (rank) => {
    const data = [Int8Array.of(20, -30, 44), Int8Array.of(1, 2, 3, -4, -5, -6)];
    const time = Int8Array.of(1, 2, 3, 4);
    const context = node({ rank });
    const bias = context.inputs[3] as Tensor;
    // The bias is no int8 tensor: it is left out.
    const { inputs, ...rest } = context;
    expect(bias.dtype).toBe('int32');
    expectNearFloat(svdf, { ...rest, inputs: inputs.slice(0, 3) }, [...data, time]);
  });

  it.each([
    [1, false],
    [2, false],
    [1, true],
  ])(
    'gives the same bytes when its shape is folded into the kernel (rank %i, int16: %s)',
    async (rank, wide) => {
      await expectCompiledSequence(nodeGraph(node({ rank, wide })));
    },
  );

  it('prepares as TFLM does: scales multiplied in float32', () => {
    const [input, weights, out] = [Math.fround(0.1), Math.fround(0.3), Math.fround(0.7)];
    const quantization = (scale: number) => ({ scale: [scale], zeroPoint: [0] });
    const { feature, output } = svdf.prepare(
      node({
        input: { quantization: quantization(input) },
        features: { quantization: quantization(weights) },
        output: { scale: out, zeroPoint: -128 },
        activation: 'relu',
      }),
    );
    const { fround } = Math;
    const scaleOf = (multiplier: number, shift: number) => multiplier * 2 ** (shift - 31);
    expect(scaleOf(feature.multiplier, feature.shift)).toBe(fround(fround(input * weights) / 0.25));
    expect(scaleOf(output.multipliers[0] as number, output.shifts[0] as number)).toBe(
      fround(0.03125 / out),
    );
    expect(output).toMatchObject({ outputZeroPoint: -128, min: -128, max: 127 });
  });

  it('counts the products of both weights', () => {
    expect(svdf.macs(node())).toBe(2 * 3 + 2 * 2);
  });

  it.each([
    [{ rank: 3 }, 'filters do not fit the rank: expected a multiple of 3, received 2'],
    [
      { input: { shape: [3, 1] } },
      'input is not one vector: expected shape 1xN, received 3x1; put a reshape before it',
    ],
    [{ features: { shape: [2, 4] } }, "'features' has the wrong shape: expected 2x3, received 2x4"],
    [{ time: { shape: [1, 4] } }, "'time' has the wrong shape: expected 2x4, received 1x4"],
    [
      { bias: { quantization: { scale: [0.5], zeroPoint: [0] } } },
      "bias 'bias' has the wrong scale: expected 0.03125, received 0.5",
    ],
    [
      { time: { quantization: { scale: [0.125], zeroPoint: [4] } } },
      "weights 'time' are not quantized as a whole and symmetrically: expected one scale, zero point 0, received 1 scales, zero point 4",
    ],
  ])('refuses %j', (changes, message) => {
    expect(thrownMessage(() => svdf.prepare(node(changes)))).toBe(`node 'n' (svdf): ${message}`);
  });

  it('refuses time weights with which an int8 sum could leave int32', () => {
    const parameters = svdf.prepare(node());
    const bias = Int32Array.of(2 ** 31 - 1, 0);
    expect(() => svdf.lower({ ...parameters, bias }, 'scalar', 'size')).toThrow(
      'the accumulator of output channel 0 may overflow',
    );
  });
});
