// The strip of scalar depthwise convolutions, and of v128 ones with int4 weights (the others have that of wide_strip.ts):
// what the windows of one row of outputs cover, column by column, in each the kernel's rows, pixels outside the image as the
// input's zero point. With a dilation of d the strip has d phases: every d-th column, then those beside them, and so on. So
// each window is one stretch of the strip.
import { constant } from './border';
import { gatherShownChannels, gatherShownRowPairs } from './shown_strip';
import { laneBits } from './swar';

/** How many columns of the strip lie `dilation` apart in the image: those of one phase. */
@inline
export function columnsPerPhase(
  outputWidth: i32,
  kernelWidth: i32,
  stride: i32,
  dilation: i32,
): i32 {
  return ((outputWidth - 1) * stride + (kernelWidth - 1) * dilation) / dilation + 1;
}

/** The strip's column where the window of output column `x` starts. */
@inline
export function windowStart(x: i32, stride: i32, dilation: i32, perPhase: i32): i32 {
  const start = x * stride;
  return (start % dilation) * perPhase + start / dilation;
}

/** How many of a phase's columns lie left of image column `bound`, where the first one is column -shift. */
@inline
function columnsBefore(bound: i32, shift: i32, dilation: i32, perPhase: i32): i32 {
  return min(max((bound + shift + dilation - 1) / dilation, 0), perPhase);
}

/**
 * One channel's strip for the output rows that start at input rows `y0` and `y1`, one in each lane. Behind the strip goes
 * the zero point as a byte: what stands for rows outside the image.
 */
@inline
export function gatherRowPairs(
  x: usize,
  y0: i32,
  y1: i32,
  strip: usize,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  left: i32,
  perPhase: i32,
  zeroPoint: i32,
  border: i32,
): void {
  if (border != constant) {
    gatherShownRowPairs(
      x,
      y0,
      y1,
      strip,
      height,
      width,
      channels,
      kernelHeight,
      dilationHeight,
      dilationWidth,
      left,
      perPhase,
      border,
    );
    return;
  }
  const next = <usize>(4 * kernelHeight);
  const step = <usize>(dilationWidth * channels);
  const zero = strip + <usize>(dilationWidth * perPhase) * next;
  store<i8>(zero, zeroPoint);
  const zeros = zeroPoint + (zeroPoint << laneBits);
  for (let phase = 0; phase < dilationWidth; phase++) {
    const shift = left - phase;
    const begin = columnsBefore(0, shift, dilationWidth, perPhase);
    const end = columnsBefore(width, shift, dilationWidth, perPhase);
    const firstColumn = begin * dilationWidth - shift;
    for (let u = 0; u < kernelHeight; u++) {
      const rowP = y0 + u * dilationHeight,
        rowQ = y1 + u * dilationHeight;
      const hasP = <u32>rowP < <u32>height,
        hasQ = <u32>rowQ < <u32>height;
      let p = hasP ? x + <usize>((rowP * width + firstColumn) * channels) : zero;
      let q = hasQ ? x + <usize>((rowQ * width + firstColumn) * channels) : zero;
      const stepP = hasP ? step : 0,
        stepQ = hasQ ? step : 0;
      let target = strip + <usize>(4 * u);
      for (let i = 0; i < begin; i++) {
        store<i32>(target, zeros);
        target += next;
      }
      let i = begin;
      if (hasP && hasQ) {
        for (; i + 4 <= end; i += 4) {
          for (let k: usize = 0; k < 4; k++) {
            const high = <i32>load<i8>(q + k * step);
            store<i32>(target + k * next, <i32>load<i8>(p + k * step) + (high << laneBits));
          }
          p += 4 * step;
          q += 4 * step;
          target += 4 * next;
        }
      }
      for (; i < end; i++) {
        store<i32>(target, <i32>load<i8>(p) + ((<i32>load<i8>(q)) << laneBits));
        p += stepP;
        q += stepQ;
        target += next;
      }
      for (let i = end; i < perPhase; i++) {
        store<i32>(target, zeros);
        target += next;
      }
    }
    strip += <usize>perPhase * next;
  }
}

/** The strip of the `count` (at most eight) output channels from `first` on as int16, a vector a tap. */
@inline
export function gatherChannels(
  x: usize,
  y0: i32,
  strip: usize,
  first: i32,
  count: i32,
  depthMultiplier: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  left: i32,
  perPhase: i32,
  zeroPoint: i32,
  border: i32,
): void {
  if (border != constant) {
    gatherShownChannels(
      x,
      y0,
      strip,
      first,
      count,
      depthMultiplier,
      height,
      width,
      channels,
      kernelHeight,
      dilationHeight,
      dilationWidth,
      left,
      perPhase,
      border,
    );
    return;
  }
  const zeros = i16x8.splat(<i16>zeroPoint);
  const next = <usize>(16 * kernelHeight);
  const isWhole = depthMultiplier == 1 && count == 8;
  for (let phase = 0; phase < dilationWidth; phase++) {
    const shift = left - phase;
    const begin = columnsBefore(0, shift, dilationWidth, perPhase);
    const end = columnsBefore(width, shift, dilationWidth, perPhase);
    for (let u = 0; u < kernelHeight; u++) {
      const row = y0 + u * dilationHeight;
      const isInside = <u32>row < <u32>height;
      const from = isInside ? begin : perPhase,
        to = isInside ? end : perPhase;
      let source = x + <usize>((row * width + begin * dilationWidth - shift) * channels);
      let target = strip + <usize>(16 * u);
      for (let i = 0; i < from; i++) {
        v128.store(target, zeros);
        target += next;
      }
      for (let i = from; i < to; i++) {
        if (isWhole) {
          v128.store(target, v128.load8x8_s(source + <usize>first));
        } else {
          for (let lane = 0; lane < count; lane++) {
            store<i16>(
              target + <usize>(2 * lane),
              load<i8>(source + <usize>((first + lane) / depthMultiplier)),
            );
          }
        }
        source += <usize>(dilationWidth * channels);
        target += next;
      }
      for (let i = to; i < perPhase; i++) {
        v128.store(target, zeros);
        target += next;
      }
    }
    strip += <usize>perPhase * next;
  }
}

/** The two taps of each of four channels side by side. */
@inline
export function interleaveLow(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

@inline
export function interleaveHigh(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}
