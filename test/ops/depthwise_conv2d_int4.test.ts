import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DepthwiseConv2dParameters, depthwiseConv2d } from '../../src/ops/depthwise_conv2d.ts';
import { prepareGraph } from '../../src/ops/support/prepare.ts';
import { biases, int4Weights, withInt4Weights } from '../support/int4.ts';
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

describeCases('depthwise_conv2d', 'depthwise_conv_s4');

const pairOf = (min: number, max: number) =>
  fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

/** Any depthwise convolution: shapes, multipliers, strides, dilations, paddings, zero points, output stages. */
const anyCase = fc
  .record({
    channels: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 7, max: 17 })),
    multiplier: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 5 })),
    kernel: pairOf(1, 5),
    stride: pairOf(1, 4),
    dilation: fc.oneof(fc.constant([1, 1] as const), pairOf(1, 3)),
    before: pairOf(0, 3),
    outputSize: pairOf(1, 5),
    inputSize: pairOf(1, 8),
    inputZeroPoint: fc.integer({ min: -128, max: 127 }),
  })
  .chain((shape) => {
    const outputs = shape.channels * shape.multiplier;
    const inputShape = [...shape.inputSize, shape.channels] as const;
    return fc
      .record({
        input: values(int8, size(inputShape)),
        weights: int4Weights(outputs * shape.kernel[0] * shape.kernel[1]),
        bias: biases(outputs, 20),
        output: outputStages(outputs),
      })
      .map(({ input, ...rest }) => ({
        input,
        parameters: {
          ...rest,
          weightBits: 4,
          inputShape,
          outputShape: [...shape.outputSize, outputs],
          kernel: shape.kernel,
          stride: shape.stride,
          dilation: shape.dilation,
          padding: { top: shape.before[0], left: shape.before[1] },
          inputZeroPoint: shape.inputZeroPoint,
        } satisfies DepthwiseConv2dParameters,
      }));
  });

/** One multiplier and shift for every channel. */
const outputStage = (channels: number, multiplier: number, shift: number) => ({
  multipliers: new Int32Array(channels).fill(multiplier),
  shifts: new Int32Array(channels).fill(shift),
  outputZeroPoint: 0,
  min: -128,
  max: 127,
});

describe('depthwise_conv2d with int4 weights', () => {
  it('gives the same bytes in every kernel variant as in the reference', () => {
    fc.assert(
      fc.property(anyCase, ({ input, parameters }) => {
        const expected = depthwiseConv2d.reference(parameters, [input]);
        expectKernels(depthwiseConv2d, parameters, [input], expected);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('gives what is worked out by hand: two channels, three taps, both extremes', () => {
    const parameters: DepthwiseConv2dParameters = {
      inputShape: [1, 2, 2],
      outputShape: [1, 2, 2],
      kernel: [1, 3],
      stride: [1, 1],
      dilation: [1, 1],
      padding: { top: 0, left: 1 },
      inputZeroPoint: -1,
      weights: Int8Array.of(...[-8, 7], ...[7, -8], ...[1, -1]),
      weightBits: 4,
      bias: Int32Array.of(0, 8),
      output: outputStage(2, 2 ** 30, -2),
    };
    // Less the zero point: (-127, 128), (3, 4). The scale is 2^-3, ties go away from zero.
    const input = Int8Array.of(-128, 127, 2, 3);
    // Sums: -889 + 3, -1024 - 4 + 8; 1016 + 21, 896 - 32 + 8.
    const expected = Int8Array.of(-111, -128, 127, 109);
    expectEverywhere(depthwiseConv2d, parameters, [input], expected);
  });

  // 4095 products of -128 and -8 fill a lane.
  it.each([
    ['a row', [1, 4096]],
    ['a column', [4096, 1]],
    ['a rectangle', [63, 65]],
    ['a larger rectangle', [91, 99]],
  ] as const)('empties its lanes in time: %s of extreme taps', (_, kernel) => {
    const channels = 2;
    for (const weight of [-8, 7]) {
      for (const value of [-128, 127]) {
        const parameters: DepthwiseConv2dParameters = {
          inputShape: [kernel[0] + 1, kernel[1] + 1, channels],
          outputShape: [2, 2, channels],
          kernel,
          stride: [1, 1],
          dilation: [1, 1],
          padding: { top: 0, left: 0 },
          inputZeroPoint: 0,
          weights: new Int8Array(kernel[0] * kernel[1] * channels).fill(weight),
          weightBits: 4,
          bias: new Int32Array(channels),
          output: outputStage(channels, 2 ** 30 + 12345, -16),
        };
        const input = new Int8Array(size(parameters.inputShape)).fill(value);
        const expected = depthwiseConv2d.reference(parameters, [input]);
        expectKernels(depthwiseConv2d, parameters, [input], expected);
      }
    }
  });

  const threeByThree: DepthwiseConv2dParameters = {
    inputShape: [3, 3, 16],
    outputShape: [1, 1, 16],
    kernel: [3, 3],
    stride: [1, 1],
    dilation: [1, 1],
    padding: { top: 0, left: 0 },
    inputZeroPoint: 0,
    weights: new Int8Array(9 * 16).fill(-8),
    weightBits: 4,
    bias: new Int32Array(16),
    output: outputStage(16, 2 ** 30, -2),
  };

  it('takes five bytes for nine taps, in one scalar layout', () => {
    const call = depthwiseConv2d.lower(threeByThree, 'scalar', 'size');
    expect(call?.weights.length).toBe(16 * (5 + 12));
    expect(depthwiseConv2d.lower(threeByThree, 'scalar', 'speed')).toEqual(call);
    // Two blocks of eight channels: five pairs of taps of eight bytes, padded to 48, and 128 bytes of constants.
    expect(depthwiseConv2d.lower(threeByThree, 'simd', 'size')?.weights.length).toBe(
      2 * (48 + 128),
    );
  });

  it('refuses weights whose accumulator may leave int32', () => {
    const bias = new Int32Array(16).fill(-(2 ** 31 - 9 * 8 * 255), 5, 6);
    expect(() => depthwiseConv2d.lower({ ...threeByThree, bias }, 'scalar', 'size')).toThrow(
      'the accumulator of output channel 5 may overflow',
    );
  });
});

const attributes = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] } as const;
describe.each([
  ['plain', [1, 6, 7, 9], [1, 3, 3, 9], attributes],
  [
    'multiplied, strided, dilated, padded and clamped',
    [1, 9, 9, 3],
    [1, 4, 3, 6],
    { stride: [2, 2], dilation: [1, 2], padding: [2, 1, 0, 1], activation: 'relu6' },
  ],
  ['one row', [1, 1, 20, 5], [1, 1, 5, 5], { ...attributes, padding: [0, 0, 2, 2] }],
] as const)(
  'a quantized depthwise_conv2d with int4 weights, %s',
  (_, inputShape, weightShape, options) => {
    const graph = withInt4Weights(
      quantizedLayer({
        op: 'depthwise_conv2d',
        inputShape,
        weightShape,
        attributes: { activation: 'none', ...options },
        biasCount: weightShape[3],
        seed: 7,
      }),
    );

    it('gives what the float op gives, to a step, and the same bytes when compiled', async () => {
      expect(prepareGraph(graph)[0]?.parameters).toMatchObject({ weightBits: 4 });
      expectNearFloat(graph);
      await expectCompiledEqual(graph);
    });
  },
);
