// From sums to stored outputs in scalar kernels: the constants of a channel lie one after another at `w`, see
// `requantizeChannel`.
import { requantizeChannel } from './fixedpoint';
import { weight32 } from './weights';

/** Stores one output of a channel, of a type `T`, int8 or int16. */
@inline
export function finishOne<T>(
  out: usize,
  sum: i32,
  w: usize,
  narrow: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const bias = weight32(w, 0),
    multiplier = weight32(w, 4),
    scaling = weight32(w, 8);
  store<T>(out, <T>requantizeChannel(sum, bias, multiplier, scaling, narrow, zeroPoint, low, high));
}

/** Stores the outputs of a channel for two pixels. */
@inline
export function finishTwo(
  outP: usize,
  outQ: usize,
  p: i32,
  q: i32,
  w: usize,
  narrow: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const bias = weight32(w, 0),
    multiplier = weight32(w, 4),
    scaling = weight32(w, 8);
  store<i8>(outP, requantizeChannel(p, bias, multiplier, scaling, narrow, zeroPoint, low, high));
  store<i8>(outQ, requantizeChannel(q, bias, multiplier, scaling, narrow, zeroPoint, low, high));
}
