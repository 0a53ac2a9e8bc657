// Sums over the pixels of a window, channel by channel, and what becomes of them. Each output is written after all that
// it needs is read, and outputs come in the order of their windows, so that they may lie where the input lies.
import { store16 } from './elementwise';
import { rescale, rescaleUniform4 } from './fixedpoint';

/** A sum becomes the average of `count` values, ties away from zero. */
@inline
export const averaged: i32 = 0;
/** A sum becomes itself times multiplier * 2^(shift - 31), plus the zero point. */
@inline
export const rescaled: i32 = 1;

/** As many bytes as fit a 16-bit lane when added up: 257 * 255 = 2^16 - 1. */
@inline
const laneCapacity: i32 = 257;
/** Up to this count averageOf4 is exact. */
@inline
const maxVectorCount: i32 = 4088;

@inline
function finish(how: i32, sum: i32, count: i32, multiplier: i32, shift: i32, zeroPoint: i32): i32 {
  if (how == rescaled) return rescale(sum, multiplier, shift) + zeroPoint;
  return (sum > 0 ? sum + (count >> 1) : sum - (count >> 1)) / count;
}

/** One channel: `start` plus the sum over the window, finished. */
@inline
function channelOutput(
  how: i32,
  corner: usize,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  pixelBytes: usize,
  start: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
): i32 {
  let sum = start;
  for (let u = 0; u < rows; u++) {
    let p = corner;
    for (let v = 0; v < columns; v++) {
      sum += <i32>load<i8>(p);
      p += pixelBytes;
    }
    corner += rowBytes;
  }
  return finish(how, sum, rows * columns, multiplier, shift, zeroPoint);
}

/**
 * The outputs of one window with its corner at `corner`: `channels` values. Four channels at a time as unsigned bytes
 * (x + 128) in the 16-bit lanes of two integers, as many rows at once as the lanes hold; channels that fill no four, and
 * windows whose rows alone are too long for a lane, one by one.
 */
@inline
export function windowOutputs(
  how: i32,
  corner: usize,
  out: usize,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  pixelBytes: usize,
  channels: i32,
  start: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const count = rows * columns;
  let c = 0;
  if (columns <= laneCapacity) {
    const band = laneCapacity / columns;
    for (; c + 4 <= channels; c += 4) {
      let s0 = start - 128 * count,
        s1 = s0,
        s2 = s0,
        s3 = s0;
      let row = corner + <usize>c;
      for (let first = 0; first < rows; first += band) {
        const last = min(first + band, rows);
        let even = 0,
          odd = 0;
        for (let u = first; u < last; u++) {
          let p = row;
          for (let v = 0; v < columns; v++) {
            const bytes = load<i32>(p, 0, 1) ^ 0x80808080;
            even += bytes & 0x00ff00ff;
            odd += (bytes >>> 8) & 0x00ff00ff;
            p += pixelBytes;
          }
          row += rowBytes;
        }
        s0 += even & 0xffff;
        s1 += odd & 0xffff;
        s2 += even >>> 16;
        s3 += odd >>> 16;
      }
      const at = out + <usize>c;
      store<i8>(at, min(max(finish(how, s0, count, multiplier, shift, zeroPoint), low), high));
      store<i8>(at, min(max(finish(how, s1, count, multiplier, shift, zeroPoint), low), high), 1);
      store<i8>(at, min(max(finish(how, s2, count, multiplier, shift, zeroPoint), low), high), 2);
      store<i8>(at, min(max(finish(how, s3, count, multiplier, shift, zeroPoint), low), high), 3);
    }
  }
  for (; c < channels; c++) {
    const value = channelOutput(
      how,
      corner + <usize>c,
      rows,
      columns,
      rowBytes,
      pixelBytes,
      start,
      multiplier,
      shift,
      zeroPoint,
    );
    store<i8>(out + <usize>c, min(max(value, low), high));
  }
}

/**
 * Four averages. The magnitude t = |sum| + half is divided by a product with r = ceil(2^31 / count), which is exact while
 * t * (r * count - 2^31) < 2^31; t is at most 128.5 * count, and the bracket less than count.
 */
@inline
function averageOf4(sums: v128, half: v128, reciprocal: v128): v128 {
  const t = i32x4.add(i32x4.abs(sums), half);
  const low = i64x2.shr_u(i64x2.extmul_low_i32x4_u(t, reciprocal), 31);
  const high = i64x2.shr_u(i64x2.extmul_high_i32x4_u(t, reciprocal), 31);
  const sign = i32x4.shr_s(sums, 31);
  return i32x4.sub(v128.xor(v128.shuffle<i32>(low, high, 0, 2, 4, 6), sign), sign);
}

@inline
function finish4(
  how: i32,
  sums: v128,
  half: v128,
  reciprocal: v128,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
): v128 {
  if (how == rescaled)
    return i32x4.add(rescaleUniform4(sums, multiplier, shift), i32x4.splat(zeroPoint));
  return averageOf4(sums, half, reciprocal);
}

/** For hosts: sixteen channels at a time, the rest one by one. */
@inline
export function windowOutputsVector(
  how: i32,
  corner: usize,
  out: usize,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  pixelBytes: usize,
  channels: i32,
  start: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const count = rows * columns;
  let c = 0;
  if (how == rescaled || count <= maxVectorCount) {
    const half = i32x4.splat(count >> 1);
    const reciprocal = i32x4.splat((((<u32>1) << 31) + <u32>count - 1) / <u32>count);
    for (; c + 16 <= channels; c += 16) {
      let s0 = i32x4.splat(start),
        s1 = s0,
        s2 = s0,
        s3 = s0;
      for (let u = 0; u < rows; u++) {
        let p = corner + <usize>u * rowBytes + <usize>c;
        for (let v = 0; v < columns; v++) {
          const bytes = v128.load(p);
          const first = i16x8.extend_low_i8x16_s(bytes),
            second = i16x8.extend_high_i8x16_s(bytes);
          s0 = i32x4.add(s0, i32x4.extend_low_i16x8_s(first));
          s1 = i32x4.add(s1, i32x4.extend_high_i16x8_s(first));
          s2 = i32x4.add(s2, i32x4.extend_low_i16x8_s(second));
          s3 = i32x4.add(s3, i32x4.extend_high_i16x8_s(second));
          p += pixelBytes;
        }
      }
      store16(
        out + <usize>c,
        finish4(how, s0, half, reciprocal, multiplier, shift, zeroPoint),
        finish4(how, s1, half, reciprocal, multiplier, shift, zeroPoint),
        finish4(how, s2, half, reciprocal, multiplier, shift, zeroPoint),
        finish4(how, s3, half, reciprocal, multiplier, shift, zeroPoint),
        low,
        high,
      );
    }
  }
  for (; c < channels; c++) {
    const value = channelOutput(
      how,
      corner + <usize>c,
      rows,
      columns,
      rowBytes,
      pixelBytes,
      start,
      multiplier,
      shift,
      zeroPoint,
    );
    store<i8>(out + <usize>c, min(max(value, low), high));
  }
}
