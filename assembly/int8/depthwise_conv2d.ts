// Depthwise 2-D convolution over NHWC. For a row of outputs, what its windows cover is copied to a strip (strip.ts), the
// input's zero point where a window leaves the image, which the packed bias takes away again. Neighbouring windows share
// most of it.
import { requantizeChannel } from '../fixedpoint';
import { columnsPerPhase, gatherRowPairs, windowStart } from '../strip';
import { emptyLanes, highLane, lowLane } from '../swar';
import { weight8, weight32 } from '../weights';

/**
 * One channel of two output rows from its strip, 2 by 2 pixels at a time; `nextRow` is the distance of the second row. A
 * function of its own, so that a C compiler gives all registers to the inner loop.
 */
function multiplyRowPairs(
  strip: usize,
  w: usize,
  out: usize,
  nextRow: usize,
  outputWidth: i32,
  outputChannels: i32,
  taps: i32,
  columnBytes: i32,
  strideWidth: i32,
  dilationWidth: i32,
  perPhase: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
  flushInterval: i32,
): void {
  const tapsEnd = w + <usize>taps;
  const constants = w + <usize>((taps + 3) & ~3);
  const bias = weight32(constants, 0),
    multiplier = weight32(constants, 4),
    scaling = weight32(constants, 8);
  for (let column = 0; column < outputWidth; column += 2) {
    const next = min(column + 1, outputWidth - 1);
    let a =
      strip + <usize>(windowStart(column, strideWidth, dilationWidth, perPhase) * columnBytes);
    let b = strip + <usize>(windowStart(next, strideWidth, dilationWidth, perPhase) * columnBytes);
    let a0 = 0,
      a1 = 0,
      b0 = 0,
      b1 = 0;
    let tap = w,
      end = w + <usize>min(flushInterval, taps);
    while (true) {
      let a01 = emptyLanes,
        b01 = emptyLanes;
      const blocksEnd = tap + ((end - tap) & ~7);
      while (tap != blocksEnd) {
        for (let i: usize = 0; i < 8; i++) {
          const weight = <i64>weight8(tap + i, 0);
          a01 += <i64>load<i32>(a + 4 * i) * weight;
          b01 += <i64>load<i32>(b + 4 * i) * weight;
        }
        a += 32;
        b += 32;
        tap += 8;
      }
      while (tap != end) {
        const weight = <i64>weight8(tap, 0);
        a01 += <i64>load<i32>(a) * weight;
        b01 += <i64>load<i32>(b) * weight;
        a += 4;
        b += 4;
        tap += 1;
      }
      a0 += lowLane(a01);
      a1 += highLane(a01);
      b0 += lowLane(b01);
      b1 += highLane(b01);
      if (end == tapsEnd) break;
      end = min(end + <usize>flushInterval, tapsEnd);
    }
    const p = out + <usize>(column * outputChannels),
      q = out + <usize>(next * outputChannels);
    store<i8>(p, requantizeChannel(a0, bias, multiplier, scaling, narrow, zeroPoint, low, high));
    store<i8>(
      p + nextRow,
      requantizeChannel(a1, bias, multiplier, scaling, narrow, zeroPoint, low, high),
    );
    store<i8>(q, requantizeChannel(b0, bias, multiplier, scaling, narrow, zeroPoint, low, high));
    store<i8>(
      q + nextRow,
      requantizeChannel(b1, bias, multiplier, scaling, narrow, zeroPoint, low, high),
    );
  }
}

/** For microcontrollers: one channel of 2 by 2 pixels at a time, the two rows packed in one int32. */
export function depthwiseConv2dRowPairs(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  height: i32,
  width: i32,
  channels: i32,
  outputHeight: i32,
  outputWidth: i32,
  outputChannels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
  border: i32,
  inputZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
  flushInterval: i32,
): void {
  const depthMultiplier = outputChannels / channels;
  const taps = kernelHeight * kernelWidth;
  const perPhase = columnsPerPhase(outputWidth, kernelWidth, strideWidth, dilationWidth);
  const columnBytes = 4 * kernelHeight;
  for (let y = 0; y < outputHeight; y += 2) {
    let w = weights;
    const nextRow = <usize>((min(y + 1, outputHeight - 1) - y) * outputWidth * outputChannels);
    const y0 = y * strideHeight - top;
    let output = out + <usize>(y * outputWidth * outputChannels);
    for (let c = 0; c < channels; c++) {
      // Below the last row goes the last row again.
      gatherRowPairs(
        x + <usize>c,
        y0,
        nextRow > 0 ? y0 + strideHeight : y0,
        scratch,
        height,
        width,
        channels,
        kernelHeight,
        dilationHeight,
        dilationWidth,
        left,
        perPhase,
        inputZeroPoint,
        border,
      );
      for (let m = 0; m < depthMultiplier; m++) {
        multiplyRowPairs(
          scratch,
          w,
          output,
          nextRow,
          outputWidth,
          outputChannels,
          taps,
          columnBytes,
          strideWidth,
          dilationWidth,
          perPhase,
          outputZeroPoint,
          low,
          high,
          narrow,
          flushInterval,
        );
        w += <usize>(((taps + 3) & ~3) + 12);
        output += 1;
      }
    }
  }
}
