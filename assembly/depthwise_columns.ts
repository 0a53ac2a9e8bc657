// Depthwise convolution 3x3 over NHWC for microcontrollers, one channel at a time: two rows of outputs, as pairs of sums
// (row_pairs.ts), grow column by column (depthwise_walks.ts). What lies outside the image: above and below a row of the
// zero point in memory, left and right what sums start from.
import { walkByOne, walkByTwo } from './depthwise_walks';
import { shiftAddend } from './fixedpoint';
import { both, weightBits } from './row_pairs';
import { weight8, weight32 } from './weights';

/** The bytes of a channel's weights: nine of the window, column by column, filled up to 12; bias, multiplier and shift. */
@inline
export const channelBytes: usize = 24;

/** A weight as columns are multiplied by it. */
@inline
function tap(w: usize, index: usize): i32 {
  return weight8(w, index) << weightBits;
}

/**
 * All rows of one channel. `left`, `right`, `top` and `bottom` say whether there is padding; at `zeros` lies a row of the
 * zero point. A function of its own, so that a C compiler keeps what is the channel's at hand.
 */
export function walkChannel(
  x: usize,
  w: usize,
  out: usize,
  zeros: usize,
  row: usize,
  pixel: usize,
  outputHeight: i32,
  outputWidth: i32,
  stride: i32,
  top: i32,
  left: i32,
  bottom: i32,
  right: i32,
  inputZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const w0 = tap(w, 0),
    w1 = tap(w, 1),
    w2 = tap(w, 2),
    w3 = tap(w, 3),
    w4 = tap(w, 4),
    w5 = tap(w, 5),
    w6 = tap(w, 6),
    w7 = tap(w, 7),
    w8 = tap(w, 8);
  const bias = weight32(w, 12),
    multiplier = weight32(w, 16),
    shift = -weight32(w, 20);
  const start = both(bias);
  const leftStart = both(bias + inputZeroPoint * ((w0 + w1 + w2) >> weightBits));
  const rightSum = both(inputZeroPoint * ((w6 + w7 + w8) >> weightBits));
  const addend = shiftAddend(shift, outputZeroPoint, low, high);
  const outRow = <usize>outputWidth * pixel,
    step = <usize>stride * row;
  const first = x + <usize>(1 - top) * row;
  const last = first + <usize>(outputHeight - 2) * step;
  let center = first,
    above = top ? zeros : first - row,
    below = first == last && bottom ? zeros : first + step + row;
  while (true) {
    if (stride == 1) {
      walkByOne(
        above,
        center,
        below,
        out,
        row,
        pixel,
        outputWidth,
        left,
        right,
        start,
        leftStart,
        rightSum,
        w0,
        w1,
        w2,
        w3,
        w4,
        w5,
        w6,
        w7,
        w8,
        multiplier,
        addend,
        shift,
        low,
        high,
      );
    } else {
      walkByTwo(
        above,
        center,
        below,
        out,
        row,
        pixel,
        outputWidth,
        left,
        right,
        start,
        leftStart,
        rightSum,
        w0,
        w1,
        w2,
        w3,
        w4,
        w5,
        w6,
        w7,
        w8,
        multiplier,
        addend,
        shift,
        low,
        high,
      );
    }
    if (center == last) break;
    // Of an odd number of rows the second is computed twice.
    if (outputHeight & 1 && center == first) {
      center += step;
      out += outRow;
    } else {
      center += 2 * step;
      out += 2 * outRow;
    }
    above = center - row;
    below = center == last && bottom ? zeros : center + step + row;
  }
}
