import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MaxPool2dParameters, maxPool2d } from '../../src/ops/max_pool2d.ts';
import { describeCases, expectKernels, int8, propertyRuns, values } from '../support/oracle.ts';

type Triple = readonly [number, number, number];
const size = ([height, width, channels]: Triple) => height * width * channels;

describeCases('max_pool2d', 'max_pool_s8');

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
    before: fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 })),
    range: fc.tuple(fc.integer({ min: -128, max: 127 }), fc.integer({ min: -128, max: 127 })),
  })
  .chain(({ input, kernel, stride, before, range }) => {
    const padding = { top: before[0] % kernel[0], left: before[1] % kernel[1] };
    const out = (axis: 0 | 1, pad: number) =>
      Math.max(1, Math.floor((input[axis] + pad - kernel[axis]) / stride[axis]) + 1);
    const outputShape = [out(0, padding.top), out(1, padding.left), input[2]] as const;
    return values(int8, size(input)).map((data) => ({
      data,
      parameters: {
        inputShape: input,
        outputShape,
        kernel,
        stride,
        padding,
        min: Math.min(...range),
        max: Math.max(...range),
      } satisfies MaxPool2dParameters,
    }));
  });

describe('max_pool2d', () => {
  it('gives the same bytes in every kernel variant, in place too, as in the reference', () => {
    fc.assert(
      fc.property(anyCase, ({ data, parameters }) => {
        expectKernels(maxPool2d, parameters, [data], maxPool2d.reference(parameters, [data]));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('takes windows of more pixels than a call has arguments', () => {
    const side = 450;
    const image = new Int8Array(side * side).fill(-5);
    image[side * side - 1] = 3;
    const parameters: MaxPool2dParameters = {
      inputShape: [side, side, 1],
      outputShape: [1, 1, 1],
      kernel: [side, side],
      stride: [1, 1],
      padding: { top: 0, left: 0 },
      min: -128,
      max: 127,
    };
    expect(maxPool2d.reference(parameters, [image])).toEqual(Int8Array.of(3));
  });

  it('may not run in place when padding moves windows before their outputs', () => {
    const parameters: MaxPool2dParameters = {
      inputShape: [4, 4, 1],
      outputShape: [4, 4, 1],
      kernel: [2, 2],
      stride: [1, 1],
      padding: { top: 1, left: 1 },
      min: -128,
      max: 127,
    };
    expect(maxPool2d.inPlace(parameters)).toBe(false);
    expect(maxPool2d.inPlace({ ...parameters, padding: { top: 0, left: 0 } })).toBe(true);
  });
});
