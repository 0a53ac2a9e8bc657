// Sums of two output rows side by side in an int64, as depthwise_columns.ts forms them, and their requantization. The lanes
// lie where 32-bit registers end: weights are times 2^10, so that the low word of a pair is 2^10 times the low sum, and
// the high word twice the high one, less the low one's borrow. The compiler has proved that sums stay within
// [-2^21, 2^21), bias included, and that shifts are in [1, 20].
import { requantizeShifted } from './fixedpoint';
import { laneBits } from './swar';

/** The bits that weights are moved up by. */
@inline
export const weightBits: i32 = 10;

/** Two values of a channel, one for each output row. */
@inline
export function pack(p: i32, q: i32): i32 {
  return p + (q << laneBits);
}

/** A pair of sums with a column of the window: three pairs of values times three weights. */
@inline
export function multiply(sums: i64, v0: i32, v1: i32, v2: i32, w0: i32, w1: i32, w2: i32): i64 {
  return sums + <i64>v0 * <i64>w0 + <i64>v1 * <i64>w1 + <i64>v2 * <i64>w2;
}

/** A pair of sums that are both `value`. */
@inline
export function both(value: i32): i64 {
  return <i64>(value << weightBits) + ((<i64>(value << 1)) << 32);
}

/** Stores the outputs of a pair of sums, `nextRow` bytes apart. */
@inline
export function storePair(
  out: usize,
  nextRow: usize,
  sums: i64,
  multiplier: i32,
  addend: i32,
  shift: i32,
  low: i32,
  high: i32,
): void {
  const p = <i32>sums;
  const borrow = p >> 31;
  store<i8>(out, requantizeShifted(p >> 9, borrow, multiplier, addend, shift, low, high));
  const q = <i32>(sums >> 32) - borrow;
  store<i8>(out + nextRow, requantizeShifted(q, q >> 31, multiplier, addend, shift, low, high));
}
