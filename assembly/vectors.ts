// What v128 kernels share: turning vectors of accumulators into int8 outputs.
import { rescale, rescale4 } from './fixedpoint';
import { weight32, weight128 } from './weights';

/** One lane rescaled by the multiplier and the shift of its channel. */
@inline
function rescaleLane(accumulator: i32, multipliers: usize, shifts: usize, lane: usize): i32 {
  return rescale(accumulator, weight32(multipliers, 4 * lane), weight32(shifts, 4 * lane));
}

/**
 * Four int32 outputs of four channels: the sums with their biases, scaled and moved by the zero point. At `w` lie the
 * block's vectors over its `rows` channels: bias, multiplier, 2^(31 + shift), shift; `lane` is the first of the four.
 */
@inline
export function rescaleChannels(
  sums: v128,
  w: usize,
  rows: i32,
  lane: i32,
  zeroPoint: i32,
  fastRescale: i32,
): v128 {
  const bias = w + <usize>(4 * lane);
  const multipliers = bias + <usize>(4 * rows);
  const scales = multipliers + <usize>(4 * rows);
  const accumulators = i32x4.add(sums, weight128(bias, 0));
  let scaled: v128;
  if (fastRescale) {
    scaled = rescale4(accumulators, weight128(multipliers, 0), weight128(scales, 0));
  } else {
    const shifts = scales + <usize>(4 * rows);
    scaled = i32x4.splat(rescaleLane(i32x4.extract_lane(accumulators, 0), multipliers, shifts, 0));
    scaled = i32x4.replace_lane(
      scaled,
      1,
      rescaleLane(i32x4.extract_lane(accumulators, 1), multipliers, shifts, 1),
    );
    scaled = i32x4.replace_lane(
      scaled,
      2,
      rescaleLane(i32x4.extract_lane(accumulators, 2), multipliers, shifts, 2),
    );
    scaled = i32x4.replace_lane(
      scaled,
      3,
      rescaleLane(i32x4.extract_lane(accumulators, 3), multipliers, shifts, 3),
    );
  }
  return i32x4.add(scaled, i32x4.splat(zeroPoint));
}

/** Stores the first `count` (at most eight) of eight int32, saturated to int8 and clamped to [low, high]. */
@inline
export function storeInt8(
  out: usize,
  first: v128,
  second: v128,
  count: i32,
  low: i32,
  high: i32,
): void {
  const words = i16x8.narrow_i32x4_s(first, second);
  const saturated = i8x16.narrow_i16x8_s(words, words);
  const bytes = i8x16.max_s(i8x16.min_s(saturated, i8x16.splat(<i8>high)), i8x16.splat(<i8>low));
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

/** Stores the first `count` (at most four) of four int32, saturated to int16 and clamped to [low, high]. */
@inline
export function storeInt16(out: usize, values: v128, count: i32, low: i32, high: i32): void {
  const saturated = i16x8.narrow_i32x4_s(values, values);
  const words = i16x8.max_s(i16x8.min_s(saturated, i16x8.splat(<i16>high)), i16x8.splat(<i16>low));
  if (count >= 4) {
    v128.store64_lane(out, words, 0);
    return;
  }
  let rest = i64x2.extract_lane(words, 0);
  for (let i = 0; i < count; i++) {
    store<i16>(out + <usize>(2 * i), rest);
    rest >>= 16;
  }
}

/** Stores one pixel's outputs of a block of eight channels, of which `count` are there. */
@inline
export function finish8(
  out: usize,
  count: i32,
  first: v128,
  second: v128,
  w: usize,
  zeroPoint: i32,
  low: i32,
  high: i32,
  fastRescale: i32,
): void {
  storeInt8(
    out,
    rescaleChannels(first, w, 8, 0, zeroPoint, fastRescale),
    rescaleChannels(second, w, 8, 4, zeroPoint, fastRescale),
    count,
    low,
    high,
  );
}

/** The sums of the lanes of each of four vectors, as one vector. */
@inline
export function transposeAndAdd(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 1, 4, 5), v128.shuffle<i32>(ab, cd, 2, 3, 6, 7));
}
