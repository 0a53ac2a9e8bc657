import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argMax } from '../src/arg-max.ts';
import { WickError } from '../src/errors.ts';

describe('argMax', () => {
  it('gives the index of the largest value within its range', () => {
    expect(argMax(Int8Array.of(100, -5, 3, -128, 127), 1, 3)).toBe(1);
    expect(argMax(Float32Array.of(-3.5, -0.25, -1), 0, 3)).toBe(1);
  });

  it('gives the first of equal values', () => {
    expect(argMax(Int8Array.of(1, 9, 9, 2, 9), 0, 5)).toBe(1);
    expect(argMax(Int8Array.of(-128, -128), 0, 2)).toBe(0);
  });

  it('is the first index of the maximum, for any values and range', () => {
    const ranges = fc
      .int8Array({ minLength: 1, maxLength: 30 })
      .chain((values) => fc.tuple(fc.constant(values), fc.nat(values.length - 1)))
      .chain(([values, offset]) =>
        fc.record({
          values: fc.constant(values),
          offset: fc.constant(offset),
          length: fc.integer({ min: 1, max: values.length - offset }),
        }),
      );
    fc.assert(
      fc.property(ranges, ({ values, offset, length }) => {
        const range = [...values].slice(offset, offset + length);
        expect(argMax(values, offset, length)).toBe(range.indexOf(Math.max(...range)));
      }),
    );
  });

  it.each([
    [0, 0],
    [2, 2],
    [-1, 2],
  ])('refuses a range that is not in the values: offset %i, length %i', (offset, length) => {
    expect(() => argMax(Int8Array.of(1, 2, 3), offset, length)).toThrow(WickError);
  });
});
