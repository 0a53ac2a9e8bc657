import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount } from '../../src/graph/types.ts';
import { type MeanParameters, mean } from '../../src/ops/mean.ts';
import { expectNearFloat, int8Tensor, nodeOf, quantizations } from '../support/operands.ts';
import { expectEverywhere, expectKernels, int8, propertyRuns, values } from '../support/oracle.ts';

const anyCase = fc
  .record({
    axes: fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 36 }),
    ),
    rank: fc.integer({ min: 1, max: 4 }),
    reduced: fc.integer({ min: 1, max: 15 }),
    negative: fc.boolean(),
    keepDims: fc.boolean(),
  })
  .map(({ axes, rank, reduced, negative, keepDims }) => {
    const shape = axes.slice(4 - rank);
    const chosen = shape.map((_, axis) => axis).filter((axis) => (reduced >> axis) & 1);
    const list = chosen.length === 0 ? [0] : chosen;
    return { shape, axes: negative ? list.map((axis) => axis - rank) : list, keepDims };
  })
  .chain((shape) => values(int8, elementCount(shape.shape)).map((data) => ({ ...shape, data })));

/** The mean over height and width of an image, scales and zero points equal. */
function global(height: number, width: number, channels: number, zeroPoint = 0): MeanParameters {
  const quantization = { scale: 0.5, zeroPoint };
  const input = int8Tensor('x', [1, height, width, channels], 0.5, zeroPoint);
  return mean.prepare(nodeOf(mean, { axes: [1, 2], keepDims: true }, [input], quantization));
}

describe('mean', () => {
  it('gives the same bytes in every kernel variant, in place too, within a step of the float op', () => {
    fc.assert(
      fc.property(anyCase, quantizations, quantizations, ({ shape, data, ...attributes }, x, y) => {
        const input = int8Tensor('x', shape, x.scale, x.zeroPoint);
        const context = nodeOf(mean, attributes, [input], y);
        const parameters = mean.prepare(context);
        const expected = mean.reference(parameters, [data]);
        expectKernels(mean, parameters, [data], expected);
        expectNearFloat(mean, context, [data]);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('gives the same bytes for any multiplier and shift', () => {
    fc.assert(
      fc.property(
        values(int8, 3 * 4 * 21),
        fc.integer({ min: 0, max: 2 ** 31 - 1 }),
        fc.integer({ min: -31, max: 12 }),
        fc.integer({ min: -128, max: 127 }),
        fc.integer({ min: -128, max: 127 }),
        (data, multiplier, shift, inputZeroPoint, outputZeroPoint) => {
          const zeroPoints = { inputZeroPoint, outputZeroPoint };
          const parameters = { ...global(3, 4, 21), ...zeroPoints, multiplier, shift };
          expectKernels(mean, parameters, [data], mean.reference(parameters, [data]));
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('divides the multiplier by the count, cut off', () => {
    // 1 is 2^30 * 2^(1 - 31), and 2^30 * 4 / 6 is 715827882.67.
    expect(global(2, 3, 1)).toMatchObject({ multiplier: 715827882, shift: -1 });
    expect(global(2, 4, 1)).toMatchObject({ multiplier: 2 ** 30, shift: -2 });
    const far = int8Tensor('x', [1, 8, 8, 1], 2 ** -31);
    const axes = { axes: [1, 2], keepDims: true };
    // A shift of -31 ends what the division may shift.
    const context = nodeOf(mean, axes, [far], { scale: 1, zeroPoint: 0 });
    expect(mean.prepare(context)).toMatchObject({ multiplier: 2 ** 25, shift: -31 });
  });

  it('rounds a half away from zero, also where scales are equal', () => {
    const input = Int8Array.of(1, -1, 7, 2, -2, 8, 2, -2, 8, 1, -1, 7);
    expectEverywhere(mean, global(2, 2, 3), [input], Int8Array.of(2, -2, 8));
  });

  it('rescales the sum of differences where the quantizations differ', () => {
    const input = int8Tensor('x', [1, 2, 3, 2], 0.5, 10);
    const axes = { axes: [1, 2], keepDims: true };
    const parameters = mean.prepare(nodeOf(mean, axes, [input], { scale: 0.25, zeroPoint: -5 }));
    // The factor 2 is 2^30 * 2^(2 - 31); a sixth of it is 715827882.67 * 2^-31, cut off.
    expect(parameters).toMatchObject({ multiplier: 715827882, shift: 0 });
    // First channel: 77 - 60 = 17 steps of 0.5, a sixth is 1.417, 5.67 steps of 0.25. Second: 702 over the range.
    const data = Int8Array.of(11, 127, 12, 127, 9, 127, 15, 127, 10, 127, 20, 127);
    expectEverywhere(mean, parameters, [data], Int8Array.of(1, 127));
    // -33 - 60 = -93 steps are -31 of 0.25. -15 steps are -5.
    const below = Int8Array.of(-33, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    expectEverywhere(mean, parameters, [below], Int8Array.of(-36, -10));
  });

  it('rounds ties of differences from the zero point, unlike an average pool', () => {
    // The mean is -1.5, that is 8.5 above the zero point: 9 above it.
    expectEverywhere(mean, global(2, 2, 1, -10), [Int8Array.of(-1, -2, -1, -2)], Int8Array.of(-1));
  });

  it('drops or keeps the axes, which may count from the last', () => {
    const shape = (axes: number[], keepDims: boolean) =>
      nodeOf(mean, { axes, keepDims }, [int8Tensor('x', [1, 4, 5, 6])]).outputs[0]?.shape;
    expect(shape([1, 2], true)).toEqual([1, 1, 1, 6]);
    expect(shape([1, 2], false)).toEqual([1, 6]);
    expect(shape([-1, 3], false)).toEqual([1, 4, 5]);
    expect(shape([0, 1, 2, 3], false)).toEqual([]);
  });

  it.each([
    [1, 257],
    [1, 258],
    [257, 1],
    [258, 2],
    [70, 70],
  ])('holds the extremes of an image of %d x %d pixels', (height, width) => {
    for (const value of [-128, 127]) {
      const parameters = global(height, width, 20, -value - 1);
      const input = new Int8Array(height * width * 20).fill(value);
      const expected = new Int8Array(20).fill(value);
      expectEverywhere(mean, parameters, [input], expected);
    }
  });

  it('takes two separate groups of axes', () => {
    const input = int8Tensor('x', [2, 2, 2, 2]);
    const parameters = mean.prepare(nodeOf(mean, { axes: [0, 2], keepDims: false }, [input]));
    const data = Int8Array.from({ length: 16 }, (_, i) => 4 * i);
    // Elements 0, 2, 8 and 10 for the first output; each further one adds 1 or 4 to the index.
    expectEverywhere(mean, parameters, [data], Int8Array.of(20, 24, 36, 40));
  });

  it('refuses axes that the input has not, and sums that do not fit', () => {
    const infer = (shape: number[], axes: number[]) => () =>
      nodeOf(mean, { axes, keepDims: true }, [int8Tensor('x', shape)]);
    expect(infer([1, 4], [2])).toThrow(
      "node 'n' (mean): axes do not fit the input: expected axes of a shape of at most 4, received axes 2 of 1x4",
    );
    expect(infer([1, 4], [-3])).toThrow('received axes -3 of 1x4');
    expect(infer([1, 1, 1, 1, 4], [0])).toThrow('received axes 0 of 1x1x1x1x4');
    const huge = nodeOf(mean, { axes: [1], keepDims: true }, [int8Tensor('x', [1, 2 ** 23 + 1])]);
    expect(() => mean.prepare(huge)).toThrow(
      "node 'n' (mean): mean over too many values: expected at most 8388608, so that their sum fits, received 8388609",
    );
  });
});
