// A fully connected layer over one vector whose weights are int4, two a byte.
import { finishOne } from '../finish';
import { highNibble, highNibbles, lowNibble, lowNibbles } from '../nibbles';
import { rescaleChannels, storeInt8, transposeAndAdd } from '../vectors';
import { weight8, weight8x8 } from '../weights';

/**
 * For every engine: 4 channels at a time, for each input a byte for two of them; the channels that are left over one by
 * one, a byte for two inputs.
 */
export function denseInt4(
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
  const full = outputs & ~3;
  for (let c = 0; c < full; c += 4) {
    let s0 = 0,
      s1 = 0,
      s2 = 0,
      s3 = 0;
    for (let k = 0; k < inputs; k++) {
      const a = <i32>load<i8>(x + <usize>k);
      const w01 = weight8(w, 0),
        w23 = weight8(w, 1);
      s0 += a * lowNibble(w01);
      s1 += a * highNibble(w01);
      s2 += a * lowNibble(w23);
      s3 += a * highNibble(w23);
      w += 2;
    }
    // The block's constants start at the next multiple of four.
    w += <usize>((-2 * inputs) & 3);
    const o = out + <usize>c;
    finishOne<i8>(o, s0, w, narrow, outputZeroPoint, low, high);
    finishOne<i8>(o + 1, s1, w + 12, narrow, outputZeroPoint, low, high);
    finishOne<i8>(o + 2, s2, w + 24, narrow, outputZeroPoint, low, high);
    finishOne<i8>(o + 3, s3, w + 36, narrow, outputZeroPoint, low, high);
    w += 48;
  }
  const bytes = (inputs + 1) >> 1;
  for (let c = full; c < outputs; c++) {
    let sum = 0;
    for (let k = 0; k + 1 < inputs; k += 2) {
      const pair = weight8(w + <usize>(k >> 1), 0);
      sum += <i32>load<i8>(x + <usize>k) * lowNibble(pair);
      sum += <i32>load<i8>(x + <usize>k, 1) * highNibble(pair);
    }
    if (inputs & 1) {
      const k = <usize>(inputs - 1);
      sum += <i32>load<i8>(x + k) * lowNibble(weight8(w + (k >> 1), 0));
    }
    w += <usize>((bytes + 3) & ~3);
    finishOne<i8>(out + <usize>c, sum, w, narrow, outputZeroPoint, low, high);
    w += 12;
  }
}

/** For hosts: 4 channels at a time, eight inputs in each dot product. */
export function denseInt4Vector(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  inputs: i32,
  outputs: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  fastRescale: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    // The input as int16; behind it, values that meet weights of zero.
    for (let k = 0; k < inputs; k++) store<i16>(scratch + <usize>(2 * k), load<i8>(x + <usize>k));
    let w = weights;
    for (let c = 0; c < outputs; c += 4) {
      let s0 = i32x4.splat(0),
        s1 = s0,
        s2 = s0,
        s3 = s0;
      let p = scratch;
      for (let k = 0; k < inputs; k += 8) {
        const a = v128.load(p);
        const w01 = weight8x8(w, 0),
          w23 = weight8x8(w, 8);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(a, lowNibbles(w01)));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(a, highNibbles(w01)));
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(a, lowNibbles(w23)));
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(a, highNibbles(w23)));
        p += 16;
        w += 16;
      }
      const sums = transposeAndAdd(s0, s1, s2, s3);
      const scaled = rescaleChannels(sums, w, 4, 0, outputZeroPoint, fastRescale);
      storeInt8(out + <usize>c, scaled, scaled, min(outputs - c, 4), low, high);
      w += 64;
    }
  }
}
