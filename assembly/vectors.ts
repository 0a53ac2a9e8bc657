// What v128 kernels share: turning vectors of accumulators into int8 outputs.
import { requantize, rescale4 } from './fixedpoint';
import { weight32, weight128 } from './weights';

/**
 * Four int32 outputs (scaled, moved by the zero point, clamped) of four channels. At `w` lie the block's vectors over
 * its `rows` channels: bias, multiplier, 2^(31 + shift), shift; `lane` is the first of the four channels.
 */
@inline
export function finish4(
  sums: v128,
  w: usize,
  rows: i32,
  lane: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
  fastRescale: i32,
): v128 {
  const bias = w + <usize>(4 * lane);
  const multiplier = bias + <usize>(4 * rows);
  const scale = multiplier + <usize>(4 * rows);
  const accumulators = i32x4.add(sums, weight128(bias, 0));
  if (fastRescale) {
    const scaled = rescale4(accumulators, weight128(multiplier, 0), weight128(scale, 0));
    const moved = i32x4.add(scaled, i32x4.splat(zeroPoint));
    return i32x4.max_s(i32x4.min_s(moved, i32x4.splat(high)), i32x4.splat(low));
  }
  const m = multiplier, s = scale + <usize>(4 * rows);
  let result = i32x4.splat(0);
  result = i32x4.replace_lane(result, 0,
    requantize(i32x4.extract_lane(accumulators, 0), weight32(m, 0), weight32(s, 0), zeroPoint, low, high));
  result = i32x4.replace_lane(result, 1,
    requantize(i32x4.extract_lane(accumulators, 1), weight32(m, 4), weight32(s, 4), zeroPoint, low, high));
  result = i32x4.replace_lane(result, 2,
    requantize(i32x4.extract_lane(accumulators, 2), weight32(m, 8), weight32(s, 8), zeroPoint, low, high));
  return i32x4.replace_lane(result, 3,
    requantize(i32x4.extract_lane(accumulators, 3), weight32(m, 12), weight32(s, 12), zeroPoint, low, high));
}

/** Stores the first `count` (at most eight) of eight int32 as int8. */
@inline
export function storeInt8(out: usize, first: v128, second: v128, count: i32): void {
  const words = i16x8.narrow_i32x4_s(first, second);
  const bytes = i8x16.narrow_i16x8_s(words, words);
  if (count >= 8) {
    v128.store64_lane(out, bytes, 0);
    return;
  }
  let rest = i64x2.extract_lane(bytes, 0);
  for (let i = 0; i < count; i++) {
    store<i8>(out + <usize>i, rest);
    rest >>= 8;
  }
}
