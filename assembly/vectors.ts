// What v128 kernels share: turning vectors of accumulators into int8 outputs.
import { rescale, rescale4, rescaleAligned4 } from './fixedpoint';
import { weight32, weight128 } from './weights';

/** One lane rescaled by the multiplier and the shift of its channel. */
@inline
function rescaleLane(accumulator: i32, multipliers: usize, shifts: usize, lane: usize): i32 {
  return rescale(accumulator, weight32(multipliers, 4 * lane), weight32(shifts, 4 * lane));
}

/** Four lanes, each rescaled by the multiplier and the shift of its channel. */
@inline
function rescaleLanes(accumulators: v128, multipliers: usize, shifts: usize): v128 {
  const a = rescaleLane(i32x4.extract_lane(accumulators, 0), multipliers, shifts, 0),
    b = rescaleLane(i32x4.extract_lane(accumulators, 1), multipliers, shifts, 1),
    c = rescaleLane(i32x4.extract_lane(accumulators, 2), multipliers, shifts, 2),
    d = rescaleLane(i32x4.extract_lane(accumulators, 3), multipliers, shifts, 3);
  return i32x4.replace_lane(
    i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(a), 1, b), 2, c),
    3,
    d,
  );
}

/**
 * Four int32 outputs of the channels from `lane` on of a block of `rows`, from accumulators that began at the bias. At
 * `constants` lie the block's vectors: bias, multiplier, and by `rescaling` (src/ops/support/vectors.ts) addend and
 * factor, or scale and shift.
 */
@inline
export function rescaleBlock(
  accumulators: v128,
  constants: usize,
  rows: i32,
  lane: i32,
  zeroPoint: i32,
  rescaling: i32,
): v128 {
  const multipliers = constants + <usize>(4 * (rows + lane));
  const third = multipliers + <usize>(4 * rows),
    fourth = third + <usize>(4 * rows);
  if (rescaling > 0) {
    return rescaleAligned4(
      accumulators,
      weight128(multipliers, 0),
      weight128(third, 0),
      weight128(fourth, 0),
      rescaling,
    );
  }
  const scaled =
    rescaling == 0
      ? rescale4(accumulators, weight128(multipliers, 0), weight128(third, 0))
      : rescaleLanes(accumulators, multipliers, fourth);
  return i32x4.add(scaled, i32x4.splat(zeroPoint));
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
  const accumulators = i32x4.add(sums, weight128(w + <usize>(4 * lane), 0));
  return rescaleBlock(accumulators, w, rows, lane, zeroPoint, fastRescale ? 0 : -1);
}

/** Sixteen int32, saturated to int8 and clamped to [low, high]. */
@inline
function narrow16(a: v128, b: v128, c: v128, d: v128, low: i32, high: i32): v128 {
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  return i8x16.max_s(i8x16.min_s(bytes, i8x16.splat(<i8>high)), i8x16.splat(<i8>low));
}

/** Stores the low `count` bytes. */
@inline
function storeBytes(out: usize, bytes: i64, count: i32): void {
  for (let i = 0; i < count; i++) {
    store<i8>(out + <usize>i, bytes);
    bytes >>= 8;
  }
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
  const bytes = narrow16(first, second, first, second, low, high);
  if (count >= 8) v128.store64_lane(out, bytes, 0);
  else storeBytes(out, i64x2.extract_lane(bytes, 0), count);
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

/** Stores the bytes of two pixels, eight each, of which `count` are there. */
@inline
function storePixels(p: usize, q: usize, bytes: v128, count: i32): void {
  if (count >= 8) {
    v128.store64_lane(p, bytes, 0);
    v128.store64_lane(q, bytes, 1);
    return;
  }
  storeBytes(p, i64x2.extract_lane(bytes, 0), count);
  storeBytes(q, i64x2.extract_lane(bytes, 1), count);
}

/**
 * Stores two pixels' outputs of a block of eight channels, of which `count` are there, from accumulators that began at the
 * bias; constants as in `rescaleBlock`.
 */
@inline
export function finishTwoPixels(
  p: usize,
  q: usize,
  count: i32,
  p0: v128,
  p1: v128,
  q0: v128,
  q1: v128,
  constants: usize,
  zeroPoint: i32,
  low: i32,
  high: i32,
  rescaling: i32,
): void {
  const bytes = narrow16(
    rescaleBlock(p0, constants, 8, 0, zeroPoint, rescaling),
    rescaleBlock(p1, constants, 8, 4, zeroPoint, rescaling),
    rescaleBlock(q0, constants, 8, 0, zeroPoint, rescaling),
    rescaleBlock(q1, constants, 8, 4, zeroPoint, rescaling),
    low,
    high,
  );
  storePixels(p, q, bytes, count);
}

/** {@link finishTwoPixels} for four pixels: with an aligned rescaling all of them share one load of each constant. */
@inline
export function finishFourPixels(
  p: usize,
  q: usize,
  r: usize,
  s: usize,
  count: i32,
  p0: v128,
  p1: v128,
  q0: v128,
  q1: v128,
  r0: v128,
  r1: v128,
  s0: v128,
  s1: v128,
  constants: usize,
  zeroPoint: i32,
  low: i32,
  high: i32,
  rescaling: i32,
): void {
  if (rescaling <= 0) {
    finishTwoPixels(p, q, count, p0, p1, q0, q1, constants, zeroPoint, low, high, rescaling);
    finishTwoPixels(r, s, count, r0, r1, s0, s1, constants, zeroPoint, low, high, rescaling);
    return;
  }
  const m0 = weight128(constants, 32),
    addends0 = weight128(constants, 64),
    factors0 = weight128(constants, 96);
  const p2 = rescaleAligned4(p0, m0, addends0, factors0, rescaling),
    q2 = rescaleAligned4(q0, m0, addends0, factors0, rescaling),
    r2 = rescaleAligned4(r0, m0, addends0, factors0, rescaling),
    s2 = rescaleAligned4(s0, m0, addends0, factors0, rescaling);
  const m1 = weight128(constants, 48),
    addends1 = weight128(constants, 80),
    factors1 = weight128(constants, 112);
  const p3 = rescaleAligned4(p1, m1, addends1, factors1, rescaling),
    q3 = rescaleAligned4(q1, m1, addends1, factors1, rescaling),
    r3 = rescaleAligned4(r1, m1, addends1, factors1, rescaling),
    s3 = rescaleAligned4(s1, m1, addends1, factors1, rescaling);
  storePixels(p, q, narrow16(p2, p3, q2, q3, low, high), count);
  storePixels(r, s, narrow16(r2, r3, s2, s3, low, high), count);
}
