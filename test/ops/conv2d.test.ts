import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conv2dParameters, conv2d } from '../../src/ops/conv2d.ts';
import { planStrip } from '../../src/ops/support/strip.ts';
import { createRandom } from '../../src/random.ts';
import {
  describeCases,
  expectKernels,
  int8,
  int8Weight,
  outputStages,
  propertyRuns,
  values,
} from '../support/oracle.ts';

type Triple = readonly [number, number, number];

const size = ([height, width, channels]: Triple) => height * width * channels;

describeCases('conv2d', 'convolve_s8');

/** Any convolution that fits: shapes, strides, dilations, groups, paddings, zero points, output stages. */
const anyCase = fc
  .record({
    groups: fc.integer({ min: 1, max: 3 }),
    groupInputs: fc.integer({ min: 1, max: 5 }),
    groupOutputs: fc.integer({ min: 1, max: 10 }),
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
    before: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
    outputSize: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
    inputSize: fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
    inputZeroPoint: fc.integer({ min: -128, max: 127 }),
  })
  .chain((shape) => {
    const inputShape = [...shape.inputSize, shape.groups * shape.groupInputs] as const;
    const outputShape = [...shape.outputSize, shape.groups * shape.groupOutputs] as const;
    const depth = shape.kernel[0] * shape.kernel[1] * shape.groupInputs;
    return fc
      .record({
        input: values(int8, size(inputShape)),
        weights: values(int8Weight, outputShape[2] * depth),
        bias: fc
          .array(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), {
            minLength: outputShape[2],
            maxLength: outputShape[2],
          })
          .map((list) => Int32Array.from(list)),
        output: outputStages(outputShape[2]),
      })
      .map(({ input, ...rest }) => ({
        input,
        parameters: {
          ...rest,
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

describe('conv2d', () => {
  it('gives the same bytes in every kernel variant as in the reference', () => {
    fc.assert(
      fc.property(anyCase, ({ input, parameters }) => {
        expectKernels(conv2d, parameters, [input], conv2d.reference(parameters, [input]));
      }),
      { numRuns: propertyRuns },
    );
  });

  // v128 kernels take large images in bands of rows.
  it.each([
    { groups: 1, stride: [1, 1], dilation: [1, 1], before: [1, 1] },
    { groups: 2, stride: [2, 1], dilation: [1, 2], before: [3, 2] },
    { groups: 3, stride: [1, 3], dilation: [2, 3], before: [0, 4] },
    { groups: 1, stride: [3, 2], dilation: [1, 1], before: [2, 0] },
  ] as const)(
    'gives the same bytes on a large image: %o',
    ({ groups, stride, dilation, before }) => {
      const [height, width, channels] = [45, 61, 12];
      const outputSize = (axis: 0 | 1, size: number) =>
        Math.floor((size + 2 * before[axis] - 2 * dilation[axis] - 1) / stride[axis]) + 1;
      const outputShape = [outputSize(0, height), outputSize(1, width), 6] as const;
      const random = createRandom(1);
      const int8s = (length: number) => Int8Array.from({ length }, () => random.integer(256) - 128);
      const parameters: Conv2dParameters = {
        inputShape: [height, width, channels],
        outputShape,
        kernel: [3, 3],
        stride,
        dilation,
        padding: { top: before[0], left: before[1] },
        groups,
        inputZeroPoint: -9,
        weights: int8s((6 * 9 * channels) / groups),
        bias: Int32Array.of(1, -2, 3000, -4000, 50, 0),
        output: {
          multipliers: Int32Array.of(
            2 ** 30,
            2 ** 30 + 5,
            2 ** 31 - 1,
            2 ** 30,
            1518500250,
            2 ** 30,
          ),
          shifts: Int32Array.of(-10, -11, -12, -9, -10, -10),
          outputZeroPoint: 5,
          min: -100,
          max: 127,
        },
      };
      expect(planStrip(parameters, channels / groups).bandRows).toBeLessThan(outputShape[0]);
      const input = int8s(height * width * channels);
      expectKernels(conv2d, parameters, [input], conv2d.reference(parameters, [input]));
    },
  );

  // 255 products of -128 and -128 fill a lane; two stretches of them show an interval that is one too long.
  it.each([510, 1024])(
    'empties its lanes in time: %d extreme products a channel, of one sign or of both',
    (channels) => {
      for (const [even, odd] of [
        [-128, -128],
        [-128, 127],
        [127, -128],
      ] as const) {
        for (const value of [-128, 127]) {
          const parameters: Conv2dParameters = {
            inputShape: [1, 3, channels],
            outputShape: [1, 3, 5],
            kernel: [1, 1],
            stride: [1, 1],
            dilation: [1, 1],
            padding: { top: 0, left: 0 },
            groups: 1,
            inputZeroPoint: 0,
            weights: Int8Array.from({ length: 5 * channels }, (_, i) =>
              Math.floor(i / channels) % 2 === 0 ? even : odd,
            ),
            bias: new Int32Array(5),
            output: {
              multipliers: new Int32Array(5).fill(2 ** 30 + 12345),
              shifts: new Int32Array(5).fill(-16),
              outputZeroPoint: 3,
              min: -128,
              max: 127,
            },
          };
          const input = new Int8Array(3 * channels).fill(value);
          expectKernels(conv2d, parameters, [input], conv2d.reference(parameters, [input]));
        }
      }
    },
  );

  const tensor = (name: string, shape: number[]) => ({ name, shape, dtype: 'int8' as const });
  const nodeOf = (weightShape: number[], groups = 2) => ({
    name: 'first',
    op: 'conv2d',
    attributes: {
      stride: [2, 1],
      dilation: [1, 2],
      padding: [1, 0, 2, 1],
      groups,
      activation: 'none',
    } as const,
    inputs: [tensor('x', [1, 9, 8, 4]), tensor('w', weightShape)],
  });

  it('infers shapes with padding, stride, dilation and groups', () => {
    expect(conv2d.inferShapes(nodeOf([6, 3, 3, 2]))).toEqual([[1, 4, 7, 6]]);
  });

  it('counts a multiplication a weight and output pixel', () => {
    const context = { ...nodeOf([6, 3, 3, 2]), outputs: [tensor('y', [1, 4, 7, 6])] };
    expect(conv2d.macs(context)).toBe(4 * 7 * 6 * 9 * 2);
  });

  it.each([
    [[6, 3, 3, 2], 1, 'OxKHxKWx4 for an input of 1x9x8x4 in 1 groups, received 6x3x3x2'],
    [[6, 3, 3, 4], 2, 'OxKHxKWx2 for an input of 1x9x8x4 in 2 groups, received 6x3x3x4'],
    [[6, 3, 4], 1, 'OxKHxKWx4 for an input of 1x9x8x4 in 1 groups, received 6x3x4'],
  ])(
    'refuses weights of %j in %i groups, naming the node and both shapes',
    (shape, groups, text) => {
      expect(() => conv2d.inferShapes(nodeOf(shape, groups))).toThrow(
        `node 'first' (conv2d): weights do not fit the input: expected ${text}`,
      );
    },
  );

  it('refuses output channels that the groups do not divide', () => {
    expect(() => conv2d.inferShapes(nodeOf([5, 3, 3, 2]))).toThrow(
      "node 'first' (conv2d): output channels are not a multiple of the groups: expected a multiple of 2, received 5",
    );
  });

  it('refuses a kernel that is larger than its padded input', () => {
    expect(() => conv2d.inferShapes(nodeOf([6, 3, 7, 2]))).toThrow(
      "node 'first' (conv2d): kernel is larger than its padded input along axis width: expected at most 11, received 13 (kernel 7, dilation 2)",
    );
  });

  it('refuses weights whose accumulator may leave int32', () => {
    const parameters: Conv2dParameters = {
      inputShape: [1, 1, 1],
      outputShape: [1, 1, 1],
      kernel: [1, 1],
      stride: [1, 1],
      dilation: [1, 1],
      padding: { top: 0, left: 0 },
      groups: 1,
      inputZeroPoint: 0,
      weights: Int8Array.of(1),
      bias: Int32Array.of(2 ** 31 - 255),
      output: {
        multipliers: Int32Array.of(2 ** 30),
        shifts: Int32Array.of(0),
        outputZeroPoint: 0,
        min: -128,
        max: 127,
      },
    };
    for (const variant of ['scalar', 'simd'] as const) {
      expect(() => conv2d.lower(parameters, variant, 'speed')).toThrow(
        'the accumulator of output channel 0 may overflow',
      );
    }
  });
});
