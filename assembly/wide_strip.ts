// A wide strip: rows of an image as int16, all channels, with what windows reach outside of it, so that a window's row is
// one stretch of memory. Pixels outside the image hold the input's zero point or, by `border`, what they show of it. With
// a dilation of d columns the strip has d phases: every d-th column, then those beside them, and so on.
import { constant, nearestPlace } from './border';
import { windowStart } from './strip';

/** Writes `count` int16 of one value. */
@inline
function fill(to: usize, value: i32, count: i32): void {
  const values = i16x8.splat(<i16>value);
  let i = 0;
  for (; i + 8 <= count; i += 8) v128.store(to + <usize>(2 * i), values, 0, 2);
  for (; i < count; i++) store<i16>(to + <usize>(2 * i), value);
}

/** Writes `count` int8 as int16, each shifted left. */
@inline
export function widen(from: usize, to: usize, count: i32, shift: i32): void {
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    v128.store(to + <usize>(2 * i), i16x8.shl(v128.load8x8_s(from + <usize>i), shift), 0, 2);
  }
  for (; i < count; i++) store<i16>(to + <usize>(2 * i), (<i32>load<i8>(from + <usize>i)) << shift);
}

/** Writes the `inputs` channels of a pixel, each `repeat` times. */
@inline
function writePixel(from: usize, to: usize, inputs: i32, repeat: i32, shift: i32): void {
  if (repeat == 1) {
    widen(from, to, inputs, shift);
    return;
  }
  for (let c = 0; c < inputs; c++) {
    fill(to, (<i32>load<i8>(from + <usize>c)) << shift, repeat);
    to += <usize>(2 * repeat);
  }
}

/**
 * Writes `inputs` channels from `x` on of `rows` rows from row `first` on (which may lie outside the image), each as
 * `dilation` phases of `perPhase` columns that begin `left` columns left of the image. A pixel takes `pixelValues` of the
 * strip; with `repeat` above 1 each channel is written that many times. Values are shifted left by `shift`.
 */
@inline
export function writeStrip(
  x: usize,
  strip: usize,
  first: i32,
  rows: i32,
  height: i32,
  width: i32,
  channels: i32,
  inputs: i32,
  repeat: i32,
  pixelValues: i32,
  left: i32,
  dilation: i32,
  perPhase: i32,
  zeroPoint: i32,
  border: i32,
  shift: i32,
): void {
  const outside = zeroPoint << shift;
  const pixelBytes = <usize>(2 * pixelValues);
  const isDense = dilation == 1 && repeat == 1 && inputs == channels && inputs == pixelValues;
  for (let place = first; place < first + rows; place++) {
    const row = border == constant ? place : nearestPlace(place, height, border);
    const isInside = border == constant && <u32>row < <u32>height;
    for (let phase = 0; phase < dilation; phase++) {
      // The phase's first column is column -shiftLeft of the image, and every `dilation`-th follows.
      const shiftLeft = left - phase;
      if (border != constant) {
        for (let i = 0; i < perPhase; i++) {
          const column = nearestPlace(i * dilation - shiftLeft, width, border);
          const shown = x + <usize>((row * width + column) * channels);
          writePixel(shown, strip, inputs, repeat, shift);
          strip += pixelBytes;
        }
        continue;
      }
      let begin = perPhase,
        end = perPhase;
      if (isInside) {
        begin = min(max((shiftLeft + dilation - 1) / dilation, 0), perPhase);
        end = min(max((width + shiftLeft + dilation - 1) / dilation, begin), perPhase);
      }
      fill(strip, outside, begin * pixelValues);
      strip += <usize>begin * pixelBytes;
      let source = x + <usize>((row * width + begin * dilation - shiftLeft) * channels);
      if (isDense) {
        widen(source, strip, (end - begin) * inputs, shift);
        strip += <usize>(end - begin) * pixelBytes;
      } else {
        for (let i = begin; i < end; i++) {
          writePixel(source, strip, inputs, repeat, shift);
          source += <usize>(dilation * channels);
          strip += pixelBytes;
        }
      }
      fill(strip, outside, (perPhase - end) * pixelValues);
      strip += <usize>(perPhase - end) * pixelBytes;
    }
  }
}

/**
 * For `rows` output rows one behind another, the offset in the strip of each pixel's window, and for three more that are
 * the last one again.
 */
@inline
export function writeWindows(
  table: usize,
  rows: i32,
  outputWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilation: i32,
  perPhase: i32,
  pixelBytes: i32,
): void {
  const rowBytes = dilation * perPhase * pixelBytes;
  let offset = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < outputWidth; x++) {
      offset =
        y * strideHeight * rowBytes + windowStart(x, strideWidth, dilation, perPhase) * pixelBytes;
      store<i32>(table, offset);
      table += 4;
    }
  }
  for (let i: usize = 0; i < 12; i += 4) store<i32>(table + i, offset);
}
