// From sums to stored outputs in scalar kernels: bias, multiplier and shift of a channel lie one after another at `w`.
import { requantize } from './fixedpoint';
import { weight32 } from './weights';

/** Stores one output of a channel. */
@inline
export function finishOne(
  out: usize,
  sum: i32,
  w: usize,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const bias = weight32(w, 0),
    multiplier = weight32(w, 4),
    shift = weight32(w, 8);
  store<i8>(out, requantize(sum + bias, multiplier, shift, zeroPoint, low, high));
}

/** Stores the outputs of a channel for two pixels. */
@inline
export function finishTwo(
  outP: usize,
  outQ: usize,
  p: i32,
  q: i32,
  w: usize,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const bias = weight32(w, 0),
    multiplier = weight32(w, 4),
    shift = weight32(w, 8);
  store<i8>(outP, requantize(p + bias, multiplier, shift, zeroPoint, low, high));
  store<i8>(outQ, requantize(q + bias, multiplier, shift, zeroPoint, low, high));
}
