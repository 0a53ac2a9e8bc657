import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TransposeConv2dParameters, transposeConv2d } from '../../src/ops/transpose_conv2d.ts';
import { check } from '../../src/schema.ts';
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
type Pair = readonly [number, number];

const size = ([height, width, channels]: Triple) => height * width * channels;

describeCases('transpose_conv2d', 'transpose_conv_s8');

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

/** Any transposed convolution, also with outputs that no input pixel reaches. */
const anyCase = fc
  .record({
    inputs: fc.integer({ min: 1, max: 5 }),
    outputs: fc.integer({ min: 1, max: 17 }),
    kernel: pairOf(1, 5),
    stride: pairOf(1, 4),
    before: pairOf(0, 6),
    outputSize: pairOf(1, 9),
    inputSize: pairOf(1, 5),
    inputZeroPoint: fc.integer({ min: -128, max: 127 }),
  })
  .chain((shape) => {
    const { inputs, outputs, kernel } = shape;
    const inputShape = [...shape.inputSize, inputs] as const;
    return fc
      .record({
        input: values(int8, size(inputShape)),
        weights: values(int8Weight, outputs * kernel[0] * kernel[1] * inputs),
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
          kernel,
          stride: shape.stride,
          padding: { top: shape.before[0], left: shape.before[1] },
          inputZeroPoint: shape.inputZeroPoint,
        } satisfies TransposeConv2dParameters,
      }));
  });

describe('transpose_conv2d', () => {
  it('gives the same bytes in every kernel variant as in the reference', () => {
    fc.assert(
      fc.property(anyCase, ({ input, parameters }) => {
        const expected = transposeConv2d.reference(parameters, [input]);
        expectKernels(transposeConv2d, parameters, [input], expected);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('adds up where the windows of input pixels overlap, and cuts off the padding', () => {
    const parameters: TransposeConv2dParameters = {
      inputShape: [1, 2, 1],
      outputShape: [1, 4, 2],
      kernel: [1, 3],
      stride: [1, 2],
      padding: { top: 0, left: 1 },
      inputZeroPoint: -1,
      weights: Int8Array.of(2, 4, 6, -2, 0, 2),
      bias: Int32Array.of(0, 10),
      output: halves(2),
    };
    // 3 and 5 above the zero point; the uncut output has columns 0 to 4, of which 0 is cut off.
    const input = Int8Array.of(2, 4);
    const expected = Int8Array.of(
      ...[2 * 3, 5 + 0],
      ...[3 * 3 + 5, 5 + 3 - 5],
      ...[2 * 5, 5 + 0],
      ...[3 * 5, 5 + 5],
    );
    expectEverywhere(transposeConv2d, parameters, [input], expected);
  });

  it('gives the bias where no input pixel reaches', () => {
    const parameters: TransposeConv2dParameters = {
      inputShape: [2, 1, 1],
      outputShape: [6, 1, 1],
      kernel: [1, 1],
      stride: [3, 1],
      padding: { top: 0, left: 0 },
      inputZeroPoint: 5,
      weights: Int8Array.of(2),
      bias: Int32Array.of(40),
      output: halves(1),
    };
    const expected = Int8Array.of(20 + 1, 20, 20, 20 + 2, 20, 20);
    expectEverywhere(transposeConv2d, parameters, [Int8Array.of(6, 7)], expected);
  });

  it('empties its lanes in time: 510 extreme products an output', () => {
    // 256 products of -128 and -128 are one too many.
    const channels = 255;
    for (const weight of [-128, 127]) {
      for (const value of [-128, 127]) {
        const parameters: TransposeConv2dParameters = {
          inputShape: [2, 3, channels],
          outputShape: [4, 4, 3],
          kernel: [2, 2],
          stride: [2, 1],
          padding: { top: 0, left: 0 },
          inputZeroPoint: 0,
          weights: new Int8Array(3 * 4 * channels).fill(weight),
          bias: new Int32Array(3),
          output: {
            multipliers: new Int32Array(3).fill(2 ** 30 + 12345),
            shifts: new Int32Array(3).fill(-16),
            outputZeroPoint: 3,
            min: -128,
            max: 127,
          },
        };
        const input = new Int8Array(size(parameters.inputShape)).fill(value);
        const expected = transposeConv2d.reference(parameters, [input]);
        expectKernels(transposeConv2d, parameters, [input], expected);
      }
    }
  });

  it('refuses weights whose accumulator may leave int32', () => {
    const parameters: TransposeConv2dParameters = {
      inputShape: [1, 1, 1],
      outputShape: [1, 1, 1],
      kernel: [1, 1],
      stride: [1, 1],
      padding: { top: 0, left: 0 },
      inputZeroPoint: 0,
      weights: Int8Array.of(1),
      bias: Int32Array.of(2 ** 31 - 255),
      output: halves(1),
    };
    expect(() => transposeConv2d.lower(parameters, 'scalar', 'speed')).toThrow(
      'the accumulator of output channel 0 may overflow',
    );
  });

  const quantizedCases = [
    [
      'SAME, doubling the size',
      [1, 4, 5, 6],
      [9, 3, 3, 6],
      { stride: [2, 2], padding: [0, 0], outputSize: [8, 10], activation: 'none' },
    ],
    [
      'VALID, clamped',
      [1, 5, 4, 3],
      [4, 3, 2, 3],
      { stride: [1, 3], padding: [0, 0], outputSize: [7, 11], activation: 'relu6' },
    ],
    [
      'cut, with outputs that nothing reaches',
      [1, 3, 6, 2],
      [5, 2, 5, 2],
      { stride: [4, 2], padding: [1, 2], outputSize: [10, 11], activation: 'relu' },
    ],
  ] as const;
  describe.each(quantizedCases)('quantized, %s', (_, inputShape, weightShape, attributes) => {
    const layer = { op: 'transpose_conv2d', attributes, inputShape, weightShape, seed: 7 };
    const withBias = quantizedLayer({ ...layer, biasCount: weightShape[0] });

    it('gives what the float op gives, to a step', () => {
      expectNearFloat(withBias);
      expectNearFloat(quantizedLayer(layer));
    });

    it('gives the same bytes when compiled', async () => {
      await expectCompiledEqual(withBias);
    });
  });

  const tensor = (name: string, shape: number[]) => ({ name, shape, dtype: 'int8' as const });
  const nodeOf = (outputSize: Pair, weightShape = [6, 3, 5, 4], padding: Pair = [1, 0]) => ({
    name: 'up',
    op: 'transpose_conv2d',
    attributes: { stride: [2, 3], padding, outputSize, activation: 'none' } as const,
    inputs: [tensor('x', [1, 4, 2, 4]), tensor('w', weightShape)],
  });

  it('infers the shape that its attribute says, where the stride leaves that open', () => {
    // The last input pixel reaches rows 5 to 7 and columns 3 to 7; its successor would start at row 7, at column 6.
    for (const [height, width] of [
      [6, 4],
      [9, 10],
    ] as const) {
      expect(transposeConv2d.inferShapes(nodeOf([height, width]))).toEqual([[1, height, width, 6]]);
    }
  });

  it.each([
    [[5, 4], 'height', '6 to 9', '5'],
    [[10, 4], 'height', '6 to 9', '10'],
    [[6, 3], 'width', '4 to 10', '3'],
    [[6, 11], 'width', '4 to 10', '11'],
  ] as const)(
    'refuses an output of %j, naming the node and the axis',
    (outputSize, axis, expected, received) => {
      expect(() => transposeConv2d.inferShapes(nodeOf(outputSize))).toThrow(
        `node 'up' (transpose_conv2d): the output size does not fit the input along axis ${axis}: expected ${expected}, received ${received}`,
      );
    },
  );

  it('refuses a padding that leaves nothing of the image', () => {
    expect(() => transposeConv2d.inferShapes(nodeOf([6, 4], undefined, [20, 0]))).toThrow(
      "node 'up' (transpose_conv2d): the output size does not fit the input along axis height: expected a padding smaller than the image, received 20",
    );
  });

  it('refuses weights that do not fit, naming the node and both shapes', () => {
    expect(() => transposeConv2d.inferShapes(nodeOf([6, 4], [6, 3, 5, 2]))).toThrow(
      "node 'up' (transpose_conv2d): weights do not fit the input: expected OxKHxKWx4 for an input of 1x4x2x4, received 6x3x5x2",
    );
  });

  it('counts a multiplication a weight and input pixel', () => {
    const context = { ...nodeOf([9, 10]), outputs: [tensor('y', [1, 9, 10, 6])] };
    expect(transposeConv2d.macs(context)).toBe(4 * 2 * 3 * 5 * 4 * 6);
  });

  it('takes a padding of [top, left], and refuses one below 0', () => {
    const attributes = { stride: [1, 1], padding: [0, 2], outputSize: [3, 3] };
    expect(check(transposeConv2d.attributes, attributes, 'here')).toEqual({
      ...attributes,
      activation: 'none',
    });
    const negative = { ...attributes, padding: [0, -1] };
    expect(() => check(transposeConv2d.attributes, negative, 'here')).toThrow('padding');
  });
});
