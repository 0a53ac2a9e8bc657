// A leaky relu with a slope of its own for each channel.
import { requantize, rescaleUniform4 } from '../fixedpoint';
import { storeInt8 } from '../vectors';
import { weight8, weight8x8 } from '../weights';

/** One value, its channel's slope less the slopes' zero point. */
@inline
function one(
  value: i32,
  slope: i32,
  multiplier: i32,
  shift: i32,
  slopeMultiplier: i32,
  slopeShift: i32,
  outputZeroPoint: i32,
): i32 {
  if (value >= 0) return requantize(value, multiplier, shift, outputZeroPoint, -128, 127);
  return requantize(value * slope, slopeMultiplier, slopeShift, outputZeroPoint, -128, 127);
}

/** Value by value. The slopes are int8, one a channel. */
export function prelu(
  x: usize,
  slopes: usize,
  out: usize,
  pixels: i32,
  channels: i32,
  inputZeroPoint: i32,
  slopeZeroPoint: i32,
  outputZeroPoint: i32,
  multiplier: i32,
  shift: i32,
  slopeMultiplier: i32,
  slopeShift: i32,
): void {
  for (let p = 0; p < pixels; p++) {
    for (let c = 0; c < channels; c++) {
      const value = <i32>load<i8>(x + <usize>c) - inputZeroPoint;
      const slope = weight8(slopes + <usize>c, 0) - slopeZeroPoint;
      store<i8>(
        out + <usize>c,
        one(value, slope, multiplier, shift, slopeMultiplier, slopeShift, outputZeroPoint),
      );
    }
    x += <usize>channels;
    out += <usize>channels;
  }
}

/** For hosts: eight channels at a time, the rest one by one. */
export function preluVector(
  x: usize,
  slopes: usize,
  out: usize,
  pixels: i32,
  channels: i32,
  inputZeroPoint: i32,
  slopeZeroPoint: i32,
  outputZeroPoint: i32,
  multiplier: i32,
  shift: i32,
  slopeMultiplier: i32,
  slopeShift: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const zero = i16x8.splat(<i16>inputZeroPoint);
    const slopeZero = i16x8.splat(<i16>slopeZeroPoint);
    const outputZero = i32x4.splat(outputZeroPoint);
    for (let p = 0; p < pixels; p++) {
      let c = 0;
      for (; c + 8 <= channels; c += 8) {
        const value = i16x8.sub(v128.load8x8_s(x + <usize>c, 0, 1), zero);
        const slope = i16x8.sub(weight8x8(slopes + <usize>c, 0), slopeZero);
        const negative = i16x8.lt_s(value, i16x8.splat(0));
        const low = v128.bitselect(
          rescaleUniform4(i32x4.extmul_low_i16x8_s(value, slope), slopeMultiplier, slopeShift),
          rescaleUniform4(i32x4.extend_low_i16x8_s(value), multiplier, shift),
          i32x4.extend_low_i16x8_s(negative),
        );
        const high = v128.bitselect(
          rescaleUniform4(i32x4.extmul_high_i16x8_s(value, slope), slopeMultiplier, slopeShift),
          rescaleUniform4(i32x4.extend_high_i16x8_s(value), multiplier, shift),
          i32x4.extend_high_i16x8_s(negative),
        );
        storeInt8(
          out + <usize>c,
          i32x4.add(low, outputZero),
          i32x4.add(high, outputZero),
          8,
          -128,
          127,
        );
      }
      for (; c < channels; c++) {
        const value = <i32>load<i8>(x + <usize>c) - inputZeroPoint;
        const slope = weight8(slopes + <usize>c, 0) - slopeZeroPoint;
        store<i8>(
          out + <usize>c,
          one(value, slope, multiplier, shift, slopeMultiplier, slopeShift, outputZeroPoint),
        );
      }
      x += <usize>channels;
      out += <usize>channels;
    }
  }
}
