import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AveragePool2dParameters, averagePool2d } from '../../src/ops/average_pool2d.ts';
import { check } from '../../src/schema.ts';
import { expectNearFloat, int8Tensor, nodeOf, quantizations } from '../support/operands.ts';
import {
  describeCases,
  expectEverywhere,
  expectKernels,
  int8,
  propertyRuns,
  values,
} from '../support/oracle.ts';

type Triple = readonly [number, number, number];

const size = ([height, width, channels]: Triple) => height * width * channels;

describeCases('average_pool2d', 'avgpool_s8');

/** Windows of which at least one pixel lies inside the image, as the op's attributes guarantee. */
const anyCase = fc
  .record({
    input: fc.tuple(
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 35 }),
    ),
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
    padding: fc.tuple(...([0, 0, 0, 0] as const).map(() => fc.integer({ min: 0, max: 3 }))),
    activation: fc.constantFrom('none', 'relu', 'relu6', 'relu_n1_to_1'),
    quantization: quantizations,
  })
  .map(({ input, kernel, padding, ...rest }) => {
    const [top, bottom, left, right] = padding as [number, number, number, number];
    const [height, width] = kernel;
    return {
      ...rest,
      input,
      kernel,
      padding: [top % height, bottom % height, left % width, right % width] as const,
    };
  })
  .filter(
    ({ input, kernel, padding: [top, bottom, left, right] }) =>
      input[0] + top + bottom >= kernel[0] && input[1] + left + right >= kernel[1],
  )
  .chain((shape) => values(int8, size(shape.input)).map((data) => ({ ...shape, data })));

/** One window over a whole image. */
const whole = (height: number, width: number, channels: number): AveragePool2dParameters => ({
  inputShape: [height, width, channels],
  outputShape: [1, 1, channels],
  kernel: [height, width],
  stride: [1, 1],
  padding: { top: 0, left: 0 },
  min: -128,
  max: 127,
});

describe('average_pool2d', () => {
  it('gives the same bytes in every kernel variant, in place too, within half a step of the float op', () => {
    fc.assert(
      fc.property(anyCase, ({ input, quantization, data, ...attributes }) => {
        const { scale, zeroPoint } = quantization;
        const tensor = int8Tensor('x', [1, ...input], scale, zeroPoint);
        const context = nodeOf(averagePool2d, attributes, [tensor], quantization);
        const parameters = averagePool2d.prepare(context);
        const expected = averagePool2d.reference(parameters, [data]);
        expectKernels(averagePool2d, parameters, [data], expected);
        // A bound of the activation is rounded by half a step, and so may be the average.
        expectNearFloat(averagePool2d, context, [data], 0.501);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('rounds ties away from zero and leaves out the padding', () => {
    const parameters: AveragePool2dParameters = {
      ...whole(1, 2, 4),
      outputShape: [1, 2, 4],
      padding: { top: 0, left: 1 },
    };
    const input = Int8Array.of(1, -1, 127, -128, 2, -2, 126, -128);
    const expected = Int8Array.of(1, -1, 127, -128, 2, -2, 127, -128);
    expectEverywhere(averagePool2d, parameters, [input], expected);
  });

  it.each([
    [1, 257],
    [1, 258],
    [257, 1],
    [258, 1],
    [16, 17],
    [64, 64],
    [56, 73],
  ])('holds the extremes of a window of %d x %d pixels', (height, width) => {
    const parameters = whole(height, width, 20);
    for (const value of [-128, 127]) {
      const input = new Int8Array(height * width * 20).fill(value);
      expectEverywhere(averagePool2d, parameters, [input], new Int8Array(20).fill(value));
    }
  });

  it('divides every sum exactly, up to the largest count that v128 kernels divide by a product', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.integer({ min: 1, max: 4200 }), fc.constantFrom(4087, 4088, 4089)),
        fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 16, maxLength: 16 }),
        fc.nat(),
        (count, levels, seed) => {
          // Sums at and beside the ties between two averages.
          const input = new Int8Array(count * 16);
          levels.forEach((level, c) => {
            const raised = Math.min(
              count,
              Math.floor(count / 2) + (((seed >> c) & 1) === 0 ? 0 : 1),
            );
            for (let i = 0; i < count; i++) {
              input[i * 16 + c] = i < raised && level < 127 ? level + 1 : level;
            }
          });
          const parameters = whole(1, count, 16);
          const expected = averagePool2d.reference(parameters, [input]);
          expectKernels(averagePool2d, parameters, [input], expected);
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('divides where the product would be wrong: the first count and sum for which it is', () => {
    const input = new Int8Array(4111 * 16).fill(-127).fill(-128, 0, 2055 * 16);
    expectEverywhere(averagePool2d, whole(1, 4111, 16), [input], new Int8Array(16).fill(-127));
  });

  it('may not run in place when padding moves windows before their outputs', () => {
    expect(averagePool2d.inPlace(whole(4, 4, 1))).toBe(true);
    expect(averagePool2d.inPlace({ ...whole(4, 4, 1), padding: { top: 1, left: 0 } })).toBe(false);
    expect(averagePool2d.inPlace({ ...whole(4, 4, 1), padding: { top: 0, left: 1 } })).toBe(false);
  });

  it('refuses inputs that are no image, kernels that do not fit, and windows of padding alone', () => {
    const attributes = {
      kernel: [3, 3],
      stride: [1, 1],
      padding: [0, 0, 0, 0],
      activation: 'none',
    } as const;
    const infer = (shape: readonly number[]) => () =>
      nodeOf(averagePool2d, attributes, [int8Tensor('x', shape)]);
    expect(infer([3, 3, 1])).toThrow("node 'n' (average_pool2d): input is not one image");
    expect(infer([1, 2, 3, 1])).toThrow(
      "node 'n' (average_pool2d): kernel is larger than its padded input along axis height",
    );
    const padded = { ...attributes, padding: [3, 0, 0, 0] };
    expect(() => check(averagePool2d.attributes, padded, 'node')).toThrow(
      'padding must be smaller than the kernel',
    );
  });
});
