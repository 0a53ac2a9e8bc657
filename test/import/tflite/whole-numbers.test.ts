import { describe, expect, it } from 'vitest';
import { constantOf, type Value, wholeNumbers } from '../../../src/import/tflite/values.ts';
import { thrownMessage } from '../../support/thrown.ts';

const int64 = (...numbers: readonly bigint[]): Value => ({
  name: 'ends',
  shape: [numbers.length],
  type: 'INT64',
  bytes: new Uint8Array(BigInt64Array.from(numbers).buffer),
});

describe('constants of whole numbers', () => {
  it('are read from 64 bits and kept in 32', () => {
    const numbers = wholeNumbers(int64(3n, -4n), 'here');
    expect(numbers).toEqual([3, -4]);
    const kept = constantOf(int64(3n), numbers, [2]);
    expect(wholeNumbers(kept, 'here')).toEqual([3, -4]);
  });

  it('are refused where 32 bits do not hold them, in place of wrapping', () => {
    const value = int64(2n ** 31n);
    expect(thrownMessage(() => constantOf(value, wholeNumbers(value, 'here'), [1]))).toBe(
      "'ends' holds a number beyond 32 bits: expected INT32 values, received 2147483648",
    );
  });

  it('are at most 1024, so that joining them again and again ends', () => {
    const value = int64(...new Array<bigint>(1025).fill(1n));
    expect(wholeNumbers(int64(...new Array<bigint>(1024).fill(1n)), 'here')).toHaveLength(1024);
    expect(thrownMessage(() => wholeNumbers(value, 'here'))).toBe(
      "here: 'ends' has too many numbers to work out before the model runs: expected at most 1024, received 1025",
    );
  });
});
