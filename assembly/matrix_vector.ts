// The product of a matrix of weights and a vector, rescaled to a type `T`, int8 or int16, in each layout of the weights.
import {
  emptyBytePairs,
  highByteLane,
  innerPair,
  mostBytePairs,
  outerPair,
  raisedByteLane,
  sumOf,
} from './byte_pairs';
import { finishOne } from './finish';
import { emptyLanes, highLane, raisedLane } from './swar';
import { rescaleBlock, storeInt8, storeInt16, transposeAndAdd } from './vectors';
import { weight8, weight8x8, weight32, weight128 } from './weights';
import { widen } from './wide_strip';

/** Stores up to four outputs; the constants of their channels lie one after another from `w` on. */
@inline
function finish<T>(
  out: usize,
  count: i32,
  s0: i32,
  s1: i32,
  s2: i32,
  s3: i32,
  w: usize,
  narrow: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const size = sizeof<T>();
  finishOne<T>(out, s0, w, narrow, zeroPoint, low, high);
  if (count > 1) finishOne<T>(out + size, s1, w + 12, narrow, zeroPoint, low, high);
  if (count > 2) finishOne<T>(out + 2 * size, s2, w + 24, narrow, zeroPoint, low, high);
  if (count > 3) finishOne<T>(out + 3 * size, s3, w + 36, narrow, zeroPoint, low, high);
}

/** For speed: 4 channels at a time, the weights of two channels packed in one int32 ahead of time. */
export function multiplyChannelPairs<T>(
  x: usize,
  weights: usize,
  out: usize,
  inputs: i32,
  outputs: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
  flushInterval: i32,
): void {
  let w = weights;
  const inputsEnd = x + <usize>inputs;
  for (let c = 0; c < outputs; c += 4) {
    let s0 = 0,
      s1 = 0,
      s2 = 0,
      s3 = 0;
    let p = x,
      end = x + <usize>min(flushInterval, inputs);
    while (true) {
      let s01 = emptyLanes,
        s23 = emptyLanes;
      const blocksEnd = p + ((end - p) & ~15);
      while (p != blocksEnd) {
        for (let i: usize = 0; i < 16; i++) {
          const w01 = <i64>weight32(w + 8 * i, 0),
            w23 = <i64>weight32(w + 8 * i, 4);
          const a = <i64>load<i8>(p + i);
          s01 += a * w01;
          s23 += a * w23;
        }
        p += 16;
        w += 128;
      }
      if ((end - p) & 8) {
        for (let i: usize = 0; i < 8; i++) {
          const w01 = <i64>weight32(w + 8 * i, 0),
            w23 = <i64>weight32(w + 8 * i, 4);
          const a = <i64>load<i8>(p + i);
          s01 += a * w01;
          s23 += a * w23;
        }
        p += 8;
        w += 64;
      }
      while (p != end) {
        const w01 = <i64>weight32(w, 0),
          w23 = <i64>weight32(w, 4);
        const a = <i64>load<i8>(p);
        s01 += a * w01;
        s23 += a * w23;
        p += 1;
        w += 8;
      }
      s0 += raisedLane(s01);
      s1 += highLane(s01);
      s2 += raisedLane(s23);
      s3 += highLane(s23);
      if (end == inputsEnd) break;
      end = min(end + <usize>flushInterval, inputsEnd);
    }
    finish<T>(out, outputs - c, s0, s1, s2, s3, w, narrow, outputZeroPoint, low, high);
    out += 4 * sizeof<T>();
    w += 48;
  }
}

/**
 * For size: 4 channels at a time, one byte a weight, of which a word makes two pairs (byte_pairs.ts); the channels that are
 * left over one by one.
 */
export function multiplyBytes<T>(
  x: usize,
  weights: usize,
  out: usize,
  inputs: i32,
  outputs: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
): void {
  let w = weights;
  const inputsEnd = x + <usize>inputs;
  let rest = outputs;
  let raised = 0;
  if (rest >= 4) {
    raised = sumOf(x, inputs);
    raised <<= 7;
  }
  for (; rest >= 4; rest -= 4) {
    let s0 = 0,
      s1 = 0,
      s2 = 0,
      s3 = 0;
    let p = x,
      end = x + <usize>min(mostBytePairs, inputs);
    while (true) {
      let s01 = emptyBytePairs,
        s23 = emptyBytePairs;
      const blocksEnd = p + ((end - p) & ~15);
      while (p != blocksEnd) {
        // Two columns at a time: their words take one load.
        for (let i: usize = 0; i < 16; i += 2) {
          const word = weight32(w + 4 * i, 0),
            next = weight32(w + 4 * i, 4);
          const a = <i64>load<i8>(p + i),
            b = <i64>load<i8>(p + i, 1);
          s01 += a * <i64>outerPair(word);
          s23 += a * <i64>innerPair(word);
          s01 += b * <i64>outerPair(next);
          s23 += b * <i64>innerPair(next);
        }
        p += 16;
        w += 64;
      }
      if ((end - p) & 8) {
        for (let i: usize = 0; i < 8; i += 2) {
          const word = weight32(w + 4 * i, 0),
            next = weight32(w + 4 * i, 4);
          const a = <i64>load<i8>(p + i),
            b = <i64>load<i8>(p + i, 1);
          s01 += a * <i64>outerPair(word);
          s23 += a * <i64>innerPair(word);
          s01 += b * <i64>outerPair(next);
          s23 += b * <i64>innerPair(next);
        }
        p += 8;
        w += 32;
      }
      while (p != end) {
        const a = <i64>load<i8>(p);
        const word = weight32(w, 0);
        s01 += a * <i64>outerPair(word);
        s23 += a * <i64>innerPair(word);
        p += 1;
        w += 4;
      }
      s0 += raisedByteLane(s01);
      s1 += highByteLane(s01);
      s2 += raisedByteLane(s23);
      s3 += highByteLane(s23);
      if (end == inputsEnd) break;
      end = min(end + mostBytePairs, inputsEnd);
    }
    s0 -= raised;
    s2 -= raised;
    finish<T>(out, 4, s0, s1, s2, s3, w, narrow, outputZeroPoint, low, high);
    out += 4 * sizeof<T>();
    w += 48;
  }
  for (; rest > 0; rest--) {
    let sum = 0;
    for (let p = x; p != inputsEnd; p++) {
      sum += <i32>load<i8>(p) * weight8(w, 0);
      w += 1;
    }
    // The channel's constants start at the next multiple of four.
    w += <usize>(-inputs & 3);
    finishOne<T>(out, sum, w, narrow, outputZeroPoint, low, high);
    out += sizeof<T>();
    w += 12;
  }
}

/**
 * For hosts: 4 channels at a time, eight inputs in each dot product. `rescaling` as in `rescaleBlock`.
 */
@inline
export function multiplyVector<T>(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  inputs: i32,
  outputs: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  rescaling: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    // Behind the input lie values that meet weights of zero.
    widen(x, scratch, inputs, rescaling > 0 ? 1 : 0);
    const end = scratch + <usize>(2 * ((inputs + 7) & ~7));
    let w = weights;
    for (let c = 0; c < outputs; c += 4) {
      let s0 = i32x4.splat(0),
        s1 = s0,
        s2 = s0,
        s3 = s0;
      for (let p = scratch; p < end; p += 16) {
        const a = v128.load(p);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(a, weight8x8(w, 0)));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(a, weight8x8(w, 8)));
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(a, weight8x8(w, 16)));
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(a, weight8x8(w, 24)));
        w += 32;
      }
      const sums = i32x4.add(transposeAndAdd(s0, s1, s2, s3), weight128(w, 0));
      const scaled = rescaleBlock(sums, w, 4, 0, outputZeroPoint, rescaling);
      const p4 = out + <usize>(c * sizeof<T>());
      if (sizeof<T>() == 1) storeInt8(p4, scaled, scaled, min(outputs - c, 4), low, high);
      else storeInt16(p4, scaled, min(outputs - c, 4), low, high);
      w += 64;
    }
  }
}
