import { describe, expect, it } from 'vitest';
import type { MatrixWeights } from '../../src/ops/support/pack.ts';
import {
  packNibbleBlocks,
  packNibbleTaps,
  packVectorNibbleBlocks,
  packVectorNibbleRows,
} from '../../src/ops/support/pack_int4.ts';

/** A matrix of these rows, with constants that tell the rows apart. */
function matrix(rows: readonly (readonly number[])[], shift = -3): MatrixWeights {
  return {
    rows: rows.length,
    depth: (rows[0] as readonly number[]).length,
    weights: Int8Array.from(rows.flat()),
    bias: Int32Array.from(rows, (_, row) => 100 + row),
    multipliers: Int32Array.from(rows, (_, row) => 200 + row),
    shifts: new Int32Array(rows.length).fill(shift),
  };
}

/** Bytes as hexadecimal digits, as they are easiest to compare. */
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const int32 = (...values: number[]) => hex(new Uint8Array(Int32Array.from(values).buffer));

describe('packNibbleBlocks', () => {
  it('packs two channels a byte; of a channel that is left over, two columns', () => {
    const { bytes } = packNibbleBlocks(
      [
        matrix([
          [1, 2, 3],
          [-1, -2, -3],
          [4, 5, -8],
        ]),
      ],
      2,
    );
    expect(hex(bytes)).toBe(
      `f1e2d300${int32(200, 200, 2 ** 29, 202, 201, 2 ** 29)}54080000${int32(204, 202, 2 ** 29)}`,
    );
  });

  it('packs four channels in two bytes', () => {
    const { bytes } = packNibbleBlocks([matrix([[1], [2], [3], [-4]])], 4);
    const constants = [0, 1, 2, 3]
      .map((row) => int32(2 * (100 + row), 200 + row, 2 ** 29))
      .join('');
    expect(hex(bytes)).toBe(`21c30000${constants}`);
  });

  it('packs matrix after matrix', () => {
    const one = matrix([
      [1, 2],
      [3, 4],
    ]);
    const { bytes } = packNibbleBlocks([one, one], 2);
    const alone = hex(packNibbleBlocks([one], 2).bytes);
    expect(hex(bytes)).toBe(alone + alone);
  });

  it.each([
    // The lane holds sums from -2^22 to 2^22 - 1; -8 * -128 = 1024.
    [-8, 4095, 4095],
    [-8, 4096, 4094],
    [-8, 9001, 4094],
    [7, 4681, 4681],
    [7, 4682, 4094],
    [1, 32767, 32767],
    [0, 70000, 70000],
  ])('gives the interval for weights of %i, %i a channel', (weight, depth, interval) => {
    const row = new Array<number>(depth).fill(weight);
    const zeros = new Array<number>(depth).fill(0);
    expect(packNibbleBlocks([matrix([row])], 2).flushInterval).toBe(interval);
    expect(packNibbleBlocks([matrix([zeros]), matrix([row])], 2).flushInterval).toBe(interval);
  });

  it('refuses what has no four bits', () => {
    expect(() => packNibbleBlocks([matrix([[1, 8]])], 2)).toThrow('a weight of 8 has no four bits');
    expect(() => packNibbleTaps(matrix([[0, -128]]))).toThrow('a weight of -128');
    expect(() => packVectorNibbleBlocks([matrix([[-9]])])).toThrow('a weight of -9');
    expect(() => packVectorNibbleRows(matrix([[127]]))).toThrow('a weight of 127');
  });
});

describe('packNibbleTaps', () => {
  it('packs the constants of all channels, then two taps a byte without a gap', () => {
    const { bytes, flushInterval } = packNibbleTaps(
      matrix([
        [1, 2, 3],
        [-8, 7, -1],
      ]),
    );
    expect(hex(bytes)).toBe(`${int32(200, 200, 2 ** 29, 202, 201, 2 ** 29)}2103780f`);
    expect(flushInterval).toBe(3);
  });

  it('gives an even interval where the lanes do not hold all taps', () => {
    const taps = (count: number) => packNibbleTaps(matrix([new Array<number>(count).fill(-8)]));
    expect(taps(4095).flushInterval).toBe(4095);
    expect(taps(4096).flushInterval).toBe(4094);
  });
});

describe('packVectorNibbleBlocks', () => {
  it('packs pairs of columns of eight channels, the last four in the high nibbles', () => {
    const rows = Array.from({ length: 6 }, (_, row) => [row + 1, -row - 1, 7]);
    const { bytes, fastRescale } = packVectorNibbleBlocks([matrix(rows)]);
    const columns = '51bf62ae030d040c7700770007000700';
    expect(hex(bytes.subarray(0, 16))).toBe(columns);
    expect(hex(bytes.subarray(16, 48))).toBe(int32(100, 101, 102, 103, 104, 105, 0, 0));
    expect(bytes.length).toBe(16 + 4 * 32);
    expect(fastRescale).toBe(true);
  });

  it('starts the constants at a multiple of 16', () => {
    const { bytes, fastRescale } = packVectorNibbleBlocks([matrix([[1, -1]], 0)]);
    expect(hex(bytes.subarray(0, 16))).toBe('010f000000000000'.padEnd(32, '0'));
    expect(bytes.length).toBe(16 + 4 * 32);
    expect(fastRescale).toBe(false);
  });
});

describe('packVectorNibbleRows', () => {
  it('packs eight columns of two channels in eight bytes', () => {
    const rows = [1, -2, 3].map((value) => new Array<number>(9).fill(value));
    const { bytes } = packVectorNibbleRows(matrix(rows));
    expect(hex(bytes.subarray(0, 32))).toBe(
      `${'e1'.repeat(8)}${'03'.repeat(8)}e1${'00'.repeat(7)}03${'00'.repeat(7)}`,
    );
    expect(bytes.length).toBe(32 + 64);
  });
});
