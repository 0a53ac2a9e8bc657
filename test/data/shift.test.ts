import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Samples } from '../../src/data/dataset.ts';
import { shiftImages } from '../../src/data/shift.ts';
import { WickError } from '../../src/errors.ts';
import { elementCount } from '../../src/graph/types.ts';

const images = (data: Samples['data'], shape: number[], zeroPoint = 0): Samples => {
  const count = data.length / elementCount(shape);
  return { data, shape, scale: 1, zeroPoint, labels: new Uint8Array(count), count };
};

describe('shiftImages', () => {
  const square = images(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), [3, 3, 1]);

  it.each([
    [1, 0, [0, 0, 0, 1, 2, 3, 4, 5, 6]],
    [-1, 0, [4, 5, 6, 7, 8, 9, 0, 0, 0]],
    [0, 1, [0, 1, 2, 0, 4, 5, 0, 7, 8]],
    [0, -2, [3, 0, 0, 6, 0, 0, 9, 0, 0]],
    [1, -1, [0, 0, 0, 2, 3, 0, 5, 6, 0]],
    [0, 0, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [0, 3, [0, 0, 0, 0, 0, 0, 0, 0, 0]],
    [-100, 100, [0, 0, 0, 0, 0, 0, 0, 0, 0]],
  ])('moves an image %i down and %i to the right', (dy, dx, expected) => {
    expect([...shiftImages(square, dy, dx).data]).toEqual(expected);
  });

  it('fills with the zero point and leaves its argument alone', () => {
    const int8 = images(Int8Array.of(1, 2), [1, 2, 1], -128);
    expect(shiftImages(int8, 0, 1)).toEqual({ ...int8, data: Int8Array.of(-128, 1) });
    expect([...int8.data]).toEqual([1, 2]);
  });

  it('moves each value of every image and channel to its new place', () => {
    const extent = fc.integer({ min: 1, max: 4 });
    const shift = fc.integer({ min: -5, max: 5 });
    fc.assert(
      fc.property(extent, extent, extent, extent, shift, shift, (n, h, w, c, dy, dx) => {
        const data = Float32Array.from({ length: n * h * w * c }, (_, i) => i + 1);
        const shifted = shiftImages(images(data, [h, w, c]), dy, dx).data;
        const at = (i: number, y: number, x: number, k: number) =>
          y < 0 || y >= h || x < 0 || x >= w ? 0 : data[((i * h + y) * w + x) * c + k];
        let index = 0;
        for (let i = 0; i < n; i++)
          for (let y = 0; y < h; y++)
            for (let x = 0; x < w; x++)
              for (let k = 0; k < c; k++) expect(shifted[index++]).toBe(at(i, y - dy, x - dx, k));
      }),
    );
  });

  it('refuses parts of pixels and samples that are no images', () => {
    expect(() => shiftImages(square, 0.5, 0)).toThrow(WickError);
    expect(() => shiftImages(images(Uint8Array.of(1, 2), [2]), 1, 0)).toThrow(
      'cannot shift the samples: expected images [H,W,C] and a shift by whole pixels, received [2] by 1, 0',
    );
  });
});
