import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  flushInterval,
  foldZeroPoint,
  type MatrixWeights,
  packByteBlocks,
  packChannelPairs,
  packVectorBlocks,
} from '../../src/ops/support/pack.ts';
import { int8, int8Weight, propertyRuns, values } from '../support/oracle.ts';

const laneLimit = 2 ** 22;

function dot(a: Int8Array, b: Int8Array, zeroPoint = 0): number {
  return a.reduce((sum, value, k) => sum + (value - zeroPoint) * (b[k] as number), 0);
}

describe('foldZeroPoint', () => {
  it('gives biases with which raw inputs have the sums of inputs less the zero point', () => {
    const cases = fc.integer({ min: 1, max: 30 }).chain((depth) =>
      fc.record({
        input: values(int8, depth),
        rows: fc.array(values(int8Weight, depth), { minLength: 1, maxLength: 4 }),
        zeroPoint: int8,
      }),
    );
    fc.assert(
      fc.property(cases, ({ input, rows, zeroPoint }) => {
        const bias = Int32Array.from(rows, (_, row) => 1000 * row - 7);
        const weights = Int8Array.from(rows.flatMap((row) => [...row]));
        const folded = foldZeroPoint(weights, input.length, bias, zeroPoint);
        rows.forEach((row, r) => {
          const wanted = dot(input, row, zeroPoint) + (bias[r] as number);
          expect(dot(input, row) + (folded[r] as number)).toBe(wanted);
        });
      }),
      { numRuns: propertyRuns },
    );
  });
});

describe('flushInterval', () => {
  /** By brute force: the extreme sums that any int8 inputs give over each stretch lie in [-limit, limit). */
  const fits = (row: Int8Array, interval: number, limit: number): boolean => {
    for (let start = 0; start < row.length; start += interval) {
      const stretch = row.subarray(start, start + interval);
      const sumOf = (choose: (products: readonly [number, number]) => number) =>
        stretch.reduce((sum, weight) => sum + choose([-128 * weight, 127 * weight]), 0);
      if (sumOf((products) => Math.max(...products)) >= limit) return false;
      if (sumOf((products) => Math.min(...products)) < -limit) return false;
    }
    return true;
  };
  const rowsOf = (weights: Int8Array, depth: number) => (row: number) =>
    weights.subarray(row * depth, (row + 1) * depth);

  it('is the longest of equal stretches in which no lane can run out of room', () => {
    const cases = fc
      .record({
        depth: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 240, max: 1200 })),
        rows: fc.integer({ min: 1, max: 3 }),
        limit: fc.constantFrom(laneLimit, 2 ** 18, 2 ** 15),
      })
      .chain(({ depth, rows, limit }) =>
        values(int8Weight, depth * rows).map((weights) => ({ weights, depth, rows, limit })),
      );
    fc.assert(
      fc.property(cases, ({ weights, depth, rows, limit }) => {
        const all = Array.from({ length: rows }, (_, row) => row);
        const row = rowsOf(weights, depth);
        const interval = flushInterval(weights, depth, all, limit);
        const stretches = Math.ceil(depth / interval);
        expect(interval).toBe(Math.ceil(depth / stretches));
        expect(all.every((r) => fits(row(r), interval, limit))).toBe(true);
        if (stretches === 1) return;
        const longer = Math.ceil(depth / (stretches - 1));
        expect(all.every((r) => fits(row(r), longer, limit))).toBe(false);
      }),
      { numRuns: propertyRuns },
    );
  });

  // -128 * -128 * 256 is 2^22 itself, one more than a lane holds; -128 * 127 * 258 is above -2^22, 259 times is not;
  // -127 * -128 * 258 is below 2^22, 259 times is not.
  it.each([
    [-128, 255],
    [127, 258],
    [-127, 258],
  ])('lets rows of %d go on for %d products and no longer', (weight, most) => {
    const interval = (depth: number) =>
      flushInterval(new Int8Array(depth).fill(weight), depth, [0]);
    expect(interval(most)).toBe(most);
    expect(interval(most + 1)).toBe(Math.ceil((most + 1) / 2));
    expect(interval(2 * most)).toBe(most);
    expect(interval(2 * most + 1)).toBe(Math.ceil((2 * most + 1) / 3));
  });

  it('lets a sum reach the lower limit itself, but not the upper one', () => {
    expect(flushInterval(Int8Array.of(64, 64), 2, [0], 128 * 64)).toBe(1);
    expect(() => flushInterval(Int8Array.of(-64, -64), 2, [0], 128 * 64)).toThrow(RangeError);
  });

  it('looks only at the rows it is given', () => {
    const weights = new Int8Array(2 * 256);
    weights.fill(-128, 256);
    expect(flushInterval(weights, 256, [0])).toBe(256);
    expect(flushInterval(weights, 256, [0, 1])).toBe(128);
  });

  it('refuses a product that no lane could hold', () => {
    expect(() => flushInterval(Int8Array.of(127), 1, [0], 2 ** 13)).toThrow(RangeError);
  });

  it('is a step that a kernel can take even where there is nothing to multiply', () => {
    expect(flushInterval(new Int8Array(0), 0, [0, 1])).toBe(1);
  });
});

/** Little-endian bytes of int32 values. */
const int32 = (...list: number[]) => new Uint8Array(Int32Array.from(list).buffer);
const int8s = (...list: number[]) => Uint8Array.from(list, (value) => value & 0xff);
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const zeros = (count: number) => new Array<number>(count).fill(0);

const three: MatrixWeights = {
  rows: 3,
  depth: 3,
  weights: Int8Array.of(1, -2, 127, -128, 4, 5, -6, 7, -8),
  bias: Int32Array.of(1000, -2000, 2 ** 31 - 1),
  multipliers: Int32Array.of(2 ** 30, 2 ** 31 - 1, 3),
  shifts: Int32Array.of(-1, -31, -5),
};
const one: MatrixWeights = {
  rows: 1,
  depth: 1,
  weights: Int8Array.of(-9),
  bias: Int32Array.of(11),
  multipliers: Int32Array.of(12),
  shifts: Int32Array.of(-13),
};
const channels = {
  0: int32(1000, 2 ** 30, -1),
  1: int32(-2000, 2 ** 31 - 1, -31),
  2: int32(2 ** 31 - 1, 3, -5),
  one: int32(11, 12, -13),
  none: int32(0, 0, 0),
};

describe('packChannelPairs', () => {
  /** What the sum of a channel in a low lane is too large by after each stretch. */
  const start = 2 ** 22;
  it('puts two channels into each int32, four channels into a block, blocks of zeros filled up', () => {
    const high = 2 ** 23;
    const first = (stretches: number) =>
      joined(
        int32(1 - 128 * high, -6),
        int32(-2 + 4 * high, 7),
        int32(127 + 5 * high, -8),
        int32(1000 - stretches * start, 2 ** 30, -1),
        channels[1],
        int32(2 ** 31 - 1 - stretches * start, 3, -5),
        channels.none,
      );
    const second = joined(
      int32(-9, 0),
      int32(11 - start, 12, -13),
      channels.none,
      int32(-start, 0, 0),
      channels.none,
    );
    expect(packChannelPairs([three]).bytes).toEqual(first(1));
    // All matrices have the interval of the shortest one.
    expect(packChannelPairs([three, one]).bytes).toEqual(joined(first(3), second));
  });

  it('takes from biases of low lanes what these start from, for each stretch', () => {
    const depth = 2 * 255;
    const weights = new Int8Array(2 * depth).fill(-128);
    const constants = (narrow: boolean) => {
      const bias = Int32Array.of(narrow ? 5 : 2 ** 30, 7);
      const shifts = Int32Array.of(-2, -2);
      const multipliers = Int32Array.of(2 ** 30, 2 ** 30);
      const packed = packChannelPairs([{ rows: 2, depth, weights, bias, multipliers, shifts }]);
      expect(packed).toMatchObject({ narrow, flushInterval: 255 });
      return new Int32Array(packed.bytes.buffer, 8 * depth, 6);
    };
    const ends = [2 ** 30, 2 ** 30] as const;
    expect([...constants(true)]).toEqual([2 * (5 - 2 * start), ...ends, 2 * 7, ...ends]);
    expect([...constants(false)]).toEqual([2 ** 30 - 2 * start, 2 ** 30, -2, 7, 2 ** 30, -2]);
  });

  it('cuts the columns into more stretches than they need where it is told to, into fewer never', () => {
    const interval = (depth: number, leastStretches: number) => {
      const weights = new Int8Array(depth).fill(-128);
      return packChannelPairs([{ ...one, depth, weights }], leastStretches).flushInterval;
    };
    expect([0, 1, 7, 128, 255].map((depth) => interval(depth, 2))).toEqual([1, 1, 4, 64, 128]);
    expect([255, 510, 765].map((depth) => interval(depth, 1))).toEqual([255, 255, 255]);
    expect([510, 765].map((depth) => interval(depth, 2))).toEqual([255, 255]);
  });

  it('keeps two weights of -128 within int32', () => {
    const weights = Int8Array.of(-128, -128);
    const { bytes } = packChannelPairs([{ ...one, rows: 2, weights }]);
    expect(bytes.subarray(0, 4)).toEqual(int32(-(2 ** 30) - 128));
  });

  it('flushes for the channels in low lanes only, those of every matrix', () => {
    const depth = 256;
    const matrix = (...fills: number[]): MatrixWeights => ({
      ...three,
      rows: fills.length,
      depth,
      weights: Int8Array.from(fills.flatMap((fill) => new Array<number>(depth).fill(fill))),
    });
    expect(packChannelPairs([matrix(1, -128)]).flushInterval).toBe(256);
    expect(packChannelPairs([matrix(-128, 1)]).flushInterval).toBe(128);
    expect(packChannelPairs([matrix(1, -128, 1)]).flushInterval).toBe(256);
    expect(packChannelPairs([matrix(1, 1, -128)]).flushInterval).toBe(128);
    expect(packChannelPairs([matrix(1), matrix(-128)]).flushInterval).toBe(128);
    expect(packByteBlocks([matrix(1, -128)], 2).flushInterval).toBe(128);
  });
});

describe('packByteBlocks', () => {
  it('puts one byte a weight, column by column, and aligns what follows (blocks of two)', () => {
    const { bytes } = packByteBlocks([three, one], 2);
    expect(bytes).toEqual(
      joined(
        joined(int8s(1, -128, -2, 4, 127, 5, 0, 0), channels[0], channels[1]),
        joined(int8s(-6, 7, -8, 0), channels[2]),
        joined(int8s(-9, 0, 0, 0), channels.one),
      ),
    );
  });

  it('puts channels that fill no block of four one behind another', () => {
    const { bytes } = packByteBlocks([three], 4);
    expect(bytes).toEqual(
      joined(
        joined(int8s(1, -2, 127, 0), channels[0]),
        joined(int8s(-128, 4, 5, 0), channels[1]),
        joined(int8s(-6, 7, -8, 0), channels[2]),
      ),
    );
  });
});

describe('packVectorBlocks', () => {
  it('puts pairs of columns side by side, eight channels to a block, then vectors of constants', () => {
    const { bytes } = packVectorBlocks([three]);
    expect(bytes).toEqual(
      joined(
        int8s(1, -2, -128, 4, -6, 7, ...zeros(10)),
        int8s(127, 0, 5, 0, -8, 0, ...zeros(10)),
        int32(1000, -2000, 2 ** 31 - 1, ...zeros(5)),
        int32(2 ** 30, 2 ** 31 - 1, 3, ...zeros(5)),
        int32(2 ** 30, 1, 2 ** 26, ...zeros(5)),
        int32(-1, -31, -5, ...zeros(5)),
      ),
    );
  });
});

describe('fastRescale', () => {
  const fast = (shift: number) => {
    const matrix = { ...three, shifts: Int32Array.of(-1, shift, -5) };
    return packVectorBlocks([three, matrix]).fastRescale;
  };

  it('holds where every shift lies in [-31, -1], whatever fills the block up', () => {
    expect([-31, -30, -2, -1].map(fast)).toEqual([true, true, true, true]);
    expect([-32, 0, 1, 30].map(fast)).toEqual([false, false, false, false]);
  });

  it('gives shifts outside of that no scale', () => {
    const { bytes } = packVectorBlocks([{ ...three, shifts: Int32Array.of(0, 1, -1) }]);
    const scales = 2 * 16 + 2 * 32;
    expect(bytes.subarray(scales, scales + 16)).toEqual(int32(0, 0, 2 ** 30, 0));
  });
});
