import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DepthwiseConv2dParameters, depthwiseConv2d } from '../../src/ops/depthwise_conv2d.ts';
import { planStrip } from '../../src/ops/support/strip.ts';
import { createRandom } from '../../src/random.ts';
import {
  describeCases,
  expectEverywhere,
  expectKernels,
  int8,
  int8Weight,
  outputStages,
  propertyRuns,
  values,
} from '../support/oracle.ts';
import { expectCompiledEqual, expectNearFloat, quantizedLayer } from '../support/single-layer.ts';

type Triple = readonly [number, number, number];

const size = ([height, width, channels]: Triple) => height * width * channels;

describeCases('depthwise_conv2d', 'depthwise_conv_s8');

/** 2^-1 for every channel, no offset, no clamp. */
const halves = (channels: number) => ({
  multipliers: new Int32Array(channels).fill(2 ** 30),
  shifts: new Int32Array(channels),
  outputZeroPoint: 0,
  min: -128,
  max: 127,
});

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
        weights: values(int8Weight, outputs * shape.kernel[0] * shape.kernel[1]),
        bias: fc
          .array(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), {
            minLength: outputs,
            maxLength: outputs,
          })
          .map((list) => Int32Array.from(list)),
        output: outputStages(outputs),
      })
      .map(({ input, ...rest }) => ({
        input,
        parameters: {
          ...rest,
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

describe('depthwise_conv2d', () => {
  it('gives the same bytes in every kernel variant as in the reference', () => {
    fc.assert(
      fc.property(anyCase, ({ input, parameters }) => {
        const expected = depthwiseConv2d.reference(parameters, [input]);
        expectKernels(depthwiseConv2d, parameters, [input], expected);
      }),
      { numRuns: propertyRuns },
    );
  });

  // The v128 kernel takes large images in bands of rows.
  it.each([
    { multiplier: 1, stride: [1, 1], dilation: [1, 1], before: [1, 1] },
    { multiplier: 2, stride: [2, 1], dilation: [1, 2], before: [3, 2] },
    { multiplier: 1, stride: [1, 3], dilation: [2, 3], before: [0, 4] },
  ] as const)('gives the same bytes on a large image: %o', (example) => {
    const { multiplier, stride, dilation, before } = example;
    const [height, width, channels] = [33, 47, 10];
    const outputSize = (axis: 0 | 1, size: number) =>
      Math.floor((size + 2 * before[axis] - 2 * dilation[axis] - 1) / stride[axis]) + 1;
    const outputs = channels * multiplier;
    const outputShape = [outputSize(0, height), outputSize(1, width), outputs] as const;
    const random = createRandom(1);
    const int8s = (length: number) => Int8Array.from({ length }, () => random.integer(256) - 128);
    const parameters: DepthwiseConv2dParameters = {
      inputShape: [height, width, channels],
      outputShape,
      kernel: [3, 3],
      stride,
      dilation,
      padding: { top: before[0], left: before[1] },
      inputZeroPoint: 4,
      weights: int8s(9 * outputs),
      bias: new Int32Array(outputs).fill(-321),
      output: {
        multipliers: new Int32Array(outputs).fill(1518500250),
        shifts: Int32Array.from({ length: outputs }, (_, o) => -7 - (o % 3)),
        outputZeroPoint: 5,
        min: -100,
        max: 127,
      },
    };
    const pixelValues = 8 * Math.ceil(outputs / 8);
    expect(planStrip(parameters, pixelValues).bandRows).toBeLessThan(outputShape[0]);
    const input = int8s(height * width * channels);
    const expected = depthwiseConv2d.reference(parameters, [input]);
    expectKernels(depthwiseConv2d, parameters, [input], expected);
  });

  it('reads input channel o / multiplier for output channel o and leaves out what lies outside', () => {
    const parameters: DepthwiseConv2dParameters = {
      inputShape: [1, 3, 2],
      outputShape: [1, 3, 4],
      kernel: [1, 2],
      stride: [1, 1],
      dilation: [1, 1],
      padding: { top: 0, left: 1 },
      inputZeroPoint: 10,
      // Channels 0 and 1 read input channel 0, channels 2 and 3 input channel 1.
      weights: Int8Array.of(2, 0, 4, -2, 0, 2, 2, 0),
      bias: Int32Array.of(0, 2, 4, 6),
      output: halves(4),
    };
    // Less the zero point: (1, 2), (3, 4), (5, 6).
    const input = Int8Array.of(11, 12, 13, 14, 15, 16);
    const expected = Int8Array.of(
      ...[0 + 0, 1 + 1, 2 + 2, 0 + 3],
      ...[1 + 0, 3 + 1, 4 + 4 + 2, -2 + 3],
      ...[3 + 0, 5 + 1, 8 + 6 + 2, -4 + 3],
    );
    expectEverywhere(depthwiseConv2d, parameters, [input], expected);
  });

  it.each([
    ['a row', [1, 510]],
    ['a column', [510, 1]],
    ['a rectangle', [17, 30]],
  ] as const)('empties its lanes in time: %s of 510 extreme taps', (_, kernel) => {
    // 256 products of -128 and -128 are one too many.
    const channels = 2;
    for (const weight of [-128, 127]) {
      for (const value of [-128, 127]) {
        const taps = kernel[0] * kernel[1];
        const parameters: DepthwiseConv2dParameters = {
          inputShape: [kernel[0] + 1, kernel[1] + 1, channels],
          outputShape: [2, 2, channels],
          kernel,
          stride: [1, 1],
          dilation: [1, 1],
          padding: { top: 0, left: 0 },
          inputZeroPoint: 0,
          weights: new Int8Array(taps * channels).fill(weight),
          bias: new Int32Array(channels),
          output: {
            multipliers: new Int32Array(channels).fill(2 ** 30 + 12345),
            shifts: new Int32Array(channels).fill(-16),
            outputZeroPoint: 3,
            min: -128,
            max: 127,
          },
        };
        const input = new Int8Array(size(parameters.inputShape)).fill(value);
        const expected = depthwiseConv2d.reference(parameters, [input]);
        expectKernels(depthwiseConv2d, parameters, [input], expected);
      }
    }
  });

  it('refuses weights whose accumulator may leave int32', () => {
    const parameters: DepthwiseConv2dParameters = {
      inputShape: [1, 1, 1],
      outputShape: [1, 1, 1],
      kernel: [1, 1],
      stride: [1, 1],
      dilation: [1, 1],
      padding: { top: 0, left: 0 },
      inputZeroPoint: 0,
      weights: Int8Array.of(1),
      bias: Int32Array.of(2 ** 31 - 255),
      output: halves(1),
    };
    expect(() => depthwiseConv2d.lower(parameters, 'scalar', 'speed')).toThrow(
      'the accumulator of output channel 0 may overflow',
    );
  });

  const attributes = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] } as const;
  const quantizedCases = [
    ['plain', [1, 6, 7, 9], [1, 3, 3, 9], attributes],
    ['padded', [1, 5, 6, 8], [1, 3, 3, 8], { ...attributes, padding: [1, 1, 1, 1] }],
    [
      'multiplied, strided and clamped',
      [1, 7, 7, 3],
      [1, 4, 3, 6],
      { ...attributes, stride: [2, 2], padding: [2, 1, 0, 1], activation: 'relu6' },
    ],
    [
      'dilated',
      [1, 9, 9, 2],
      [1, 3, 2, 2],
      { ...attributes, dilation: [2, 3], padding: [1, 2, 3, 0], activation: 'relu' },
    ],
    ['one row', [1, 1, 20, 5], [1, 1, 5, 5], { ...attributes, padding: [0, 0, 2, 2] }],
  ] as const;
  describe.each(quantizedCases)('quantized, %s', (_, inputShape, weightShape, options) => {
    const layer = { op: 'depthwise_conv2d', inputShape, weightShape, seed: 7 };
    const all = { activation: 'none', ...options };
    const withBias = quantizedLayer({ ...layer, attributes: all, biasCount: weightShape[3] });

    it('has a scale for each index of the last axis of its weights', () => {
      const { quantization } = withBias.tensors.get('weights') ?? {};
      expect(quantization?.axis).toBe(3);
      expect(new Set(quantization?.scale).size).toBe(weightShape[3]);
    });

    it('gives what the float op gives, to a step', () => {
      expectNearFloat(withBias);
      expectNearFloat(quantizedLayer({ ...layer, attributes: all }));
    });

    it('gives the same bytes when compiled', async () => {
      await expectCompiledEqual(withBias);
    });
  });

  const tensor = (name: string, shape: number[]) => ({ name, shape, dtype: 'int8' as const });
  const nodeOf = (weightShape: number[]) => ({
    name: 'first',
    op: 'depthwise_conv2d',
    attributes: {
      stride: [2, 1],
      dilation: [1, 2],
      padding: [1, 0, 2, 1],
      activation: 'none',
    } as const,
    inputs: [tensor('x', [1, 9, 8, 4]), tensor('w', weightShape)],
  });

  it('infers shapes with padding, stride, dilation and depth multiplier', () => {
    expect(depthwiseConv2d.inferShapes(nodeOf([1, 3, 3, 12]))).toEqual([[1, 4, 7, 12]]);
  });

  it('counts a multiplication a tap and output', () => {
    const context = { ...nodeOf([1, 3, 3, 12]), outputs: [tensor('y', [1, 4, 7, 12])] };
    expect(depthwiseConv2d.macs(context)).toBe(4 * 7 * 12 * 9);
  });

  it.each([
    [[1, 3, 3, 6], '1x3x3x6'],
    [[4, 3, 3, 4], '4x3x3x4'],
    [[3, 3, 4], '3x3x4'],
  ])('refuses weights of %j, naming the node and both shapes', (shape, received) => {
    expect(() => depthwiseConv2d.inferShapes(nodeOf(shape))).toThrow(
      `node 'first' (depthwise_conv2d): weights do not fit the input: expected 1xKHxKWxO with O a multiple of 4 for an input of 1x9x8x4, received ${received}`,
    );
  });

  it('refuses a kernel that is larger than its padded input', () => {
    expect(() => depthwiseConv2d.inferShapes(nodeOf([1, 11, 3, 4]))).toThrow(
      "node 'first' (depthwise_conv2d): kernel is larger than its padded input along axis height: expected at most 10, received 11 (kernel 11, dilation 1)",
    );
  });
});
