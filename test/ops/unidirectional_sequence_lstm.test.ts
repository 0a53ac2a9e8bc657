import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/graph/types.ts';
import {
  type LstmAttributes,
  unidirectionalSequenceLstm as lstm,
} from '../../src/ops/unidirectional_sequence_lstm.ts';
import { createRandom } from '../../src/random.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { int8Tensor, nodeOf } from '../support/operands.ts';
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

const gateNames = ['input', 'forget', 'cell', 'output'] as const;

describeCases('unidirectional_sequence_lstm', 'lstm_unidirectional_s8');

/** Any factor with a shift as real models have it, at times any other. */
const rescale = outputStages(1).map(({ multipliers, shifts }) => ({
  multiplier: multipliers[0] as number,
  shift: shifts[0] as number,
}));

const gatesOf = (units: number, depth: number) =>
  fc.record({
    depth: fc.constant(depth),
    weights: values(int8Weight, 4 * units * depth),
    bias: fc
      .array(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), {
        minLength: 4 * units,
        maxLength: 4 * units,
      })
      .map((list) => Int32Array.from(list)),
    zeroPoint: int8,
    rescale: fc.array(rescale, { minLength: 4, maxLength: 4 }),
  });

/** Any LSTM with several sequences that follow each other. */
const sequences = fc
  .record({
    steps: fc.integer({ min: 1, max: 5 }),
    depth: fc.integer({ min: 1, max: 20 }),
    units: fc.integer({ min: 1, max: 11 }),
  })
  .chain(({ steps, depth, units }) =>
    fc.record({
      inputs: fc.array(values(int8, steps * depth), { minLength: 1, maxLength: 3 }),
      parameters: fc.record({
        steps: fc.constant(steps),
        unitCount: fc.constant(units),
        input: gatesOf(units, depth),
        hidden: gatesOf(units, units),
        cellPower: fc.integer({ min: -24, max: 0 }),
        inputToCell: fc.record({
          multiplier: fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
          shift: fc.integer({ min: -17, max: -8 }),
        }),
        cellRange: fc.oneof(
          fc.constant([-32768, 32767] as const),
          fc.integer({ min: 0, max: 32767 }).map((clip) => [-clip, clip] as const),
        ),
        output: fc.record({
          multiplier: fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
          shift: fc.integer({ min: -24, max: -18 }),
        }),
        outputZeroPoint: int8,
      }),
    }),
  );

const inputScale = Math.fround(0.02);
const outputQuantization = { scale: Math.fround(1 / 128), zeroPoint: 3 };

/** A node over a sequence of 6 steps of 5 values, with 4 units and weights drawn from a seed. */
function node(
  changes: {
    readonly attributes?: Partial<LstmAttributes>;
    readonly inputShape?: readonly number[];
    readonly tensor?: Partial<Tensor> & { readonly name: string };
    readonly more?: readonly Tensor[];
  } = {},
) {
  const random = createRandom(3);
  const units = 4;
  const depth = 5;
  const scaleOf = (gate: number) => Math.fround(0.01 + 0.002 * gate);
  const draw = (length: number, most: number) =>
    Array.from({ length }, () => random.integer(2 * most + 1) - most);
  const weights = (source: string, columns: number) =>
    gateNames.map((gate, g) =>
      int8Tensor(
        `${gate}/${source}`,
        [units, columns],
        scaleOf(g),
        0,
        Int8Array.from(draw(units * columns, 127)),
      ),
    );
  const biases = gateNames.map(
    (gate, g): Tensor => ({
      name: `${gate}/bias`,
      shape: [units],
      dtype: 'int32',
      quantization: { scale: [Math.fround(inputScale * scaleOf(g))], zeroPoint: [0] },
      data: Int32Array.from(draw(units, 4000)),
    }),
  );
  const x = int8Tensor('x', changes.inputShape ?? [1, 6, depth], inputScale, -7);
  const inputs = [x, ...weights('input', depth), ...weights('hidden', units), ...biases].map(
    (tensor) => (tensor.name === changes.tensor?.name ? { ...tensor, ...changes.tensor } : tensor),
  );
  return nodeOf(
    lstm,
    { timeMajor: false, cellClip: 0, cellScale: 2 ** -12, ...changes.attributes },
    [...inputs, ...(changes.more ?? [])],
    outputQuantization,
  );
}

const anyInput = () => {
  const random = createRandom(8);
  return Int8Array.from({ length: 30 }, () => random.integer(256) - 128);
};

describe('unidirectional_sequence_lstm', () => {
  it('keeps hidden and cell state in every kernel variant', () => {
    fc.assert(
      fc.property(sequences, ({ parameters, inputs }) => {
        expectSequence(lstm, parameters, inputs, referenceSequence(lstm, parameters, inputs));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('gives for two sequences what it gives for both in one', () => {
    const parameters = lstm.prepare(node());
    const input = anyInput();
    const whole = lstm.reference(parameters, [input]);
    const halves = referenceSequence(lstm, { ...parameters, steps: 3 }, [
      input.subarray(0, 15),
      input.subarray(15),
    ]);
    expect(Int8Array.from(halves.flatMap((half) => [...half]))).toEqual(whole);
    // Without the state the second half would be another.
    expect(halves[1]).not.toEqual(
      lstm.reference({ ...parameters, steps: 3 }, [input.subarray(15)]),
    );
  });

  it.each([0, 0.4])('is near the float op, with the cell state clipped at %d', (cellClip) => {
    const context = node({ attributes: { cellClip } });
    const input = anyInput();
    const real = context.inputs.map(({ data, quantization }) => {
      const [scale, zeroPoint] = [quantization?.scale[0], quantization?.zeroPoint[0]];
      return Float32Array.from(
        data ?? input,
        (value) => (scale as number) * (value - (zeroPoint as number)),
      );
    });
    const expected = lstm.referenceFloat(context, real);
    const actual = lstm.reference(lstm.prepare(context), [input]);
    expect(new Set(actual).size).toBeGreaterThan(10);
    actual.forEach((value, i) => {
      const quantized = (expected[i] as number) / outputQuantization.scale;
      expect(Math.abs(value - outputQuantization.zeroPoint - quantized)).toBeLessThanOrEqual(2);
    });
  });

  it('reads one sequence the same, whichever axis comes first', () => {
    const parameters = lstm.prepare(node());
    const context = node({ attributes: { timeMajor: true }, inputShape: [6, 1, 5] });
    expect(context.outputs[0]?.shape).toEqual([6, 1, 4]);
    expect(lstm.prepare(context)).toEqual(parameters);
    expect(node().outputs[0]?.shape).toEqual([1, 6, 4]);
  });

  it.each([
    [{}, [-32768, 32767]],
    [{ cellClip: 1.9999 }, [-8191, 8191]],
    [{ cellClip: 100 }, [-32767, 32767]],
  ])('quantizes the bounds of the cell state as TFLM does: %j', (attributes, range) => {
    expect(lstm.prepare(node({ attributes })).cellRange).toEqual(range);
  });

  it('starts from the zero point of the output and a cell state of 0', () => {
    expect(lstm.state?.(lstm.prepare(node()))).toEqual([
      { dtype: 'int8', length: 4, initial: 3 },
      { dtype: 'int16', length: 4, initial: 0 },
    ]);
  });

  it.each([-14, -12, -9])(
    'gives the same bytes when its shape is folded into the kernel (cell scale 2^%i)',
    async (power) => {
      await expectCompiledSequence(nodeGraph(node({ attributes: { cellScale: 2 ** power } })));
    },
  );

  it('counts the products of both weights in each step', () => {
    expect(lstm.macs(node())).toBe(6 * 4 * 4 * (5 + 4));
  });

  it.each([
    [
      { more: [int8Tensor('peephole', [4])] },
      'peephole, projection and layer normalization are not supported: expected 13 inputs: the sequence, 4 weights for it, 4 for the hidden state, 4 biases, received 14',
    ],
    [
      { inputShape: [2, 6, 5] },
      'input is not one sequence of vectors: expected shape 1xTxN, received 2x6x5',
    ],
    [
      { inputShape: [1, 6, 5], attributes: { timeMajor: true } },
      'input is not one sequence of vectors: expected shape Tx1xN, received 1x6x5',
    ],
    [
      { tensor: { name: 'cell/hidden', shape: [4, 5] } },
      "'cell/hidden' has the wrong shape: expected 4x4, received 4x5",
    ],
    [
      { tensor: { name: 'forget/bias', shape: [5] } },
      "'forget/bias' has the wrong shape: expected 4, received 5",
    ],
    [
      { attributes: { cellScale: 0.3 } },
      'the cell state has a scale that the gates cannot work with: expected a power of two from 2^-24 to 1, received 0.3',
    ],
  ])('refuses %j', (changes, message) => {
    expect(thrownMessage(() => lstm.prepare(node(changes)))).toBe(
      `node 'n' (unidirectional_sequence_lstm): ${message}`,
    );
  });

  it('refuses a bias with which an accumulator could leave int32', () => {
    const parameters = lstm.prepare(node());
    const bias = parameters.input.bias.map(() => 2 ** 31 - 1);
    const lower = () =>
      lstm.lower({ ...parameters, input: { ...parameters.input, bias } }, 'scalar', 'size');
    expect(lower).toThrow('the accumulator of output channel 0 may overflow');
  });
});
