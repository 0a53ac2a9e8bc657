import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { type Conv2dParameters, conv2d } from '../../src/ops/conv2d.ts';
import { prepareGraph } from '../../src/ops/support/prepare.ts';
import { biases, int4Weights, withInt4Weights } from '../support/int4.ts';
import { createNetwork, quantized } from '../support/networks.ts';
import {
  describeCases,
  expectEverywhere,
  expectKernels,
  int8,
  outputStages,
  propertyRuns,
  values,
} from '../support/oracle.ts';
import { expectCompiledEqual, expectNearFloat, quantizedLayer } from '../support/single-layer.ts';

type Triple = readonly [number, number, number];

const size = ([height, width, channels]: Triple) => height * width * channels;

describeCases('conv2d', 'convolve_s4');

const pairOf = (min: number, max: number) =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Any convolution that fits: shapes, strides, dilations, groups, paddings, zero points, output stages. */
const anyCase = fc
  .record({
    groups: fc.integer({ min: 1, max: 3 }),
    groupInputs: fc.integer({ min: 1, max: 5 }),
    groupOutputs: fc.integer({ min: 1, max: 10 }),
    kernel: pairOf(1, 4),
    stride: pairOf(1, 3),
    dilation: pairOf(1, 2),
    before: pairOf(0, 3),
    outputSize: pairOf(1, 5),
    inputSize: pairOf(1, 8),
    inputZeroPoint: fc.integer({ min: -128, max: 127 }),
  })
  .chain((shape) => {
    const inputShape = [...shape.inputSize, shape.groups * shape.groupInputs] as const;
    const outputShape = [...shape.outputSize, shape.groups * shape.groupOutputs] as const;
    const depth = shape.kernel[0] * shape.kernel[1] * shape.groupInputs;
    return fc
      .record({
        input: values(int8, size(inputShape)),
        weights: int4Weights(outputShape[2] * depth),
        bias: biases(outputShape[2], 20),
        output: outputStages(outputShape[2]),
      })
      .map(({ input, ...rest }) => ({
        input,
        parameters: {
          ...rest,
          weightBits: 4,
          inputShape,
          outputShape,
          kernel: shape.kernel,
          stride: shape.stride,
          dilation: shape.dilation,
          padding: { top: shape.before[0], left: shape.before[1] },
          groups: shape.groups,
          inputZeroPoint: shape.inputZeroPoint,
        } satisfies Conv2dParameters,
      }));
  });

/** A pointwise convolution over a row of pixels. */
function pointwise(
  channels: number,
  outputs: number,
  weights: Int8Array,
): Omit<Conv2dParameters, 'output'> {
  return {
    inputShape: [1, 3, channels],
    outputShape: [1, 3, outputs],
    kernel: [1, 1],
    stride: [1, 1],
    dilation: [1, 1],
    padding: { top: 0, left: 0 },
    groups: 1,
    inputZeroPoint: 0,
    weights,
    weightBits: 4,
    bias: new Int32Array(outputs),
  };
}

/** One multiplier and shift for every channel. */
const outputStage = (channels: number, multiplier: number, shift: number) => ({
  multipliers: new Int32Array(channels).fill(multiplier),
  shifts: new Int32Array(channels).fill(shift),
  outputZeroPoint: 3,
  min: -128,
  max: 127,
});

describe('conv2d with int4 weights', () => {
  it('gives the same bytes in every kernel variant as in the reference', () => {
    fc.assert(
      fc.property(anyCase, ({ input, parameters }) => {
        expectKernels(conv2d, parameters, [input], conv2d.reference(parameters, [input]));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('gives what is worked out by hand: three channels, two inputs, both extremes', () => {
    const weights = Int8Array.of(...[-8, 7], ...[7, -8], ...[1, -1]);
    const parameters = { ...pointwise(2, 3, weights), output: outputStage(3, 2 ** 30, -3) };
    // The scale is 2^-4, ties go away from zero, and 3 is added. The sums of the second pixel are 1913, -1912, -255.
    const input = Int8Array.of(-128, -128, -128, 127, 100, 20);
    const expected = Int8Array.of(...[11, 11, 3], ...[123, -117, -13], ...[-38, 37, 8]);
    expectEverywhere(conv2d, parameters, [input], expected);
  });

  // 4095 products of -128 and -8 fill a lane.
  it.each([4094, 4095, 4096, 8190, 9001])(
    'empties its lanes in time: %d extreme products a channel',
    (channels) => {
      for (const [even, odd] of [
        [-8, -8],
        [-8, 7],
        [7, -8],
      ] as const) {
        for (const value of [-128, 127]) {
          const weights = Int8Array.from({ length: 3 * channels }, (_, i) =>
            Math.floor(i / channels) % 2 === 0 ? even : odd,
          );
          const parameters = {
            ...pointwise(channels, 3, weights),
            output: outputStage(3, 2 ** 30 + 12345, -16),
          };
          const input = new Int8Array(3 * channels).fill(value);
          expectKernels(conv2d, parameters, [input], conv2d.reference(parameters, [input]));
        }
      }
    },
  );

  it('has one scalar layout', () => {
    const parameters = {
      ...pointwise(5, 3, new Int8Array(15).fill(-8)),
      output: outputStage(3, 1, 0),
    };
    const call = conv2d.lower(parameters, 'scalar', 'size');
    expect(conv2d.lower(parameters, 'scalar', 'speed')).toEqual(call);
    // Two channels: 5 bytes, padded to 8; one channel: 3 bytes, padded to 4; 12 bytes of constants a channel.
    expect(call?.weights.length).toBe(8 + 4 + 3 * 12);
  });

  it('refuses weights whose accumulator may leave int32', () => {
    const parameters = {
      ...pointwise(1, 2, Int8Array.of(0, -8)),
      bias: Int32Array.of(0, 2 ** 31 - 8 * 255),
      output: outputStage(2, 1, 0),
    };
    expect(() => conv2d.lower(parameters, 'simd', 'speed')).toThrow(
      'the accumulator of output channel 1 may overflow',
    );
  });
});

const attributes = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0], groups: 1 } as const;
describe.each([
  ['plain', [1, 6, 7, 3], [5, 3, 3, 3], attributes],
  [
    'padded, strided, dilated, in groups and clamped',
    [1, 9, 8, 4],
    [6, 3, 2, 2],
    {
      stride: [2, 1],
      dilation: [2, 3],
      padding: [2, 1, 0, 3],
      groups: 2,
      activation: 'relu6',
    },
  ],
] as const)('a quantized conv2d with int4 weights, %s', (_, inputShape, weightShape, options) => {
  const layer = { op: 'conv2d', inputShape, weightShape, seed: 11 };
  const all = { activation: 'none', ...options };
  const graph = withInt4Weights(
    quantizedLayer({ ...layer, attributes: all, biasCount: weightShape[0] }),
  );

  it('gives what the float op gives, to a step, and the same bytes when compiled', async () => {
    expect(prepareGraph(graph)[0]?.parameters).toMatchObject({ weightBits: 4 });
    expectNearFloat(graph);
    await expectCompiledEqual(graph);
  });
});

describe('a model with int4 weights', () => {
  /** conv 3x3 4→16, max pool, conv 3x3 16→8, flatten, dense 8·2·2→10. */
  function model() {
    const net = createNetwork(2, [1, 10, 10, 4], 'small');
    net.conv2d('first', 'x', { channels: 16, padding: [1, 1, 1, 1] });
    net.relu('relu', 'first');
    net.maxPool2d('pool', 'relu');
    net.conv2d('second', 'pool', { channels: 8, stride: [2, 2] });
    net.flatten('flat', 'second');
    return quantized(net.graph([net.dense('logits', 'flat', 10)]));
  }
  const int8Graph = model();
  const int4Graph = withInt4Weights(int8Graph);
  const weights = [16 * 9 * 4, 8 * 9 * 16, 10 * 32] as const;
  const channels = 16 + 8 + 10;
  const total = weights.reduce((a, b) => a + b);

  it('has half the bytes of weights, in modules and on disk', () => {
    const int8Model = compile(int8Graph);
    const int4Model = compile(int4Graph);
    // 12 bytes of constants a channel. Where channels fill no block of four, dense packs them one by one.
    expect(total).toBe(2048);
    expect(int8Model.weights.length).toBe(total + 12 * channels);
    expect(int4Model.weights.length).toBe(total / 2 + 12 * channels);
    expect(compile(int4Graph, { optimize: 'speed' }).weights).toEqual(int4Model.weights);
    expect(int8Model.description.canonicalWeightsBytes).toBe(total + 4 * channels);
    expect(int4Model.description.canonicalWeightsBytes).toBe(total / 2 + 4 * channels);
    expect(int4Model.description.parameters).toBe(int8Model.description.parameters);
    expect(int4Model.description.arenaBytes).toBe(int8Model.description.arenaBytes);
    expect(int4Model.description.weightsSha256).not.toBe(int8Model.description.weightsSha256);
  });

  it('gives the same bytes in both modules as in the reference', async () => {
    await expectCompiledEqual(int4Graph);
  });
});
