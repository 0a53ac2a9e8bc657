import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Samples } from '../../src/data/dataset.ts';
import { sampleAt, selectIndices, subset } from '../../src/data/select.ts';
import { WickError } from '../../src/errors.ts';

/** Samples of two values each: sample i is [i, 10 + i] of class i % 3. */
const samples = (
  count: number,
  TypedArray: typeof Uint8Array | typeof Int8Array | typeof Float32Array,
): Samples => ({
  data: TypedArray.from(Array.from({ length: count }, (_, i) => [i, 10 + i]).flat()),
  shape: [1, 2, 1],
  scale: 0.5,
  zeroPoint: 0,
  labels: Uint8Array.from({ length: count }, (_, i) => i % 3),
  count,
});

describe('sampleAt', () => {
  it('is the raw values of one sample', () => {
    expect(sampleAt(samples(4, Uint8Array), 3)).toEqual(Uint8Array.of(3, 13));
  });

  it.each([-1, 4, 0.5, Number.NaN])('refuses the index %d', (index) => {
    expect(() => sampleAt(samples(4, Uint8Array), index)).toThrow(
      'no such sample: expected an index from 0 to 3',
    );
  });
});

describe('subset', () => {
  it.each([Uint8Array, Int8Array, Float32Array])(
    'copies samples and labels in the order of the indices',
    (TypedArray) => {
      const all = samples(5, TypedArray);
      const some = subset(all, [4, 0, 4]);
      expect(some).toEqual({
        ...all,
        data: TypedArray.of(4, 14, 0, 10, 4, 14),
        labels: Uint8Array.of(1, 0, 1),
        count: 3,
      });
      some.data[0] = 99;
      expect(all.data[8]).toBe(4);
    },
  );

  it('refuses an index that is not there', () => {
    expect(() => subset(samples(2, Uint8Array), [0, 2])).toThrow(WickError);
  });
});

describe('selectIndices', () => {
  it('chooses distinct indices in ascending order, as many as asked or as there are', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(250), fc.integer(), (count, howMany, seed) => {
        const indices = selectIndices(count, howMany, seed);
        expect(indices).toHaveLength(Math.min(count, howMany));
        expect(indices).toEqual([...new Set(indices)].sort((a, b) => a - b));
        expect(indices.every((index) => index >= 0 && index < count)).toBe(true);
      }),
    );
  });

  it('follows the seed', () => {
    expect(selectIndices(1000, 10, 1)).toEqual(selectIndices(1000, 10, 1));
    expect(selectIndices(1000, 10, 1)).not.toEqual(selectIndices(1000, 10, 2));
  });

  it.each([-1, 1.5, Number.NaN])('refuses to choose %d', (howMany) => {
    expect(() => selectIndices(10, howMany, 1)).toThrow(WickError);
  });
});
