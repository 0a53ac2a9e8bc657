// Depthwise 2-D convolution over NHWC as in depthwise_conv2d.ts, with int4 weights, two taps a byte in the scalar kernel and
// two channels a byte in the v128 one.
import { requantizeChannel } from '../fixedpoint';
import { highNibble, highNibbles, lowNibble, lowNibbles } from '../nibbles';
import {
  columnsPerPhase,
  gatherChannels,
  gatherRowPairs,
  interleaveHigh,
  interleaveLow,
  windowStart,
} from '../strip';
import { emptyLanes, highLane, lowLane } from '../swar';
import { finish8 } from '../vectors';
import { weight8, weight8x8, weight32 } from '../weights';

/**
 * For every engine: one channel of 2 by 2 pixels at a time, the two rows packed in one int32. Bias, multiplier and shift of
 * all channels come first, then the bytes of their taps; the flush interval is even where it is not all taps.
 */
export function depthwiseConv2dInt4(
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
    let constants = weights;
    let w = weights + <usize>(12 * outputChannels);
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
        const bias = weight32(constants, 0),
          multiplier = weight32(constants, 4),
          scaling = weight32(constants, 8);
        for (let column = 0; column < outputWidth; column += 2) {
          const next = min(column + 1, outputWidth - 1);
          let a =
            scratch +
            <usize>(windowStart(column, strideWidth, dilationWidth, perPhase) * columnBytes);
          let b =
            scratch +
            <usize>(windowStart(next, strideWidth, dilationWidth, perPhase) * columnBytes);
          let a0 = 0,
            a1 = 0,
            b0 = 0,
            b1 = 0;
          let tap = w;
          for (let k = 0; k < taps; ) {
            const end = min(k + flushInterval, taps);
            let a01 = emptyLanes,
              b01 = emptyLanes;
            for (; k + 1 < end; k += 2) {
              const pair = weight8(tap, 0);
              const first = <i64>lowNibble(pair),
                second = <i64>highNibble(pair);
              a01 += <i64>load<i32>(a) * first;
              b01 += <i64>load<i32>(b) * first;
              a01 += <i64>load<i32>(a, 4) * second;
              b01 += <i64>load<i32>(b, 4) * second;
              a += 8;
              b += 8;
              tap += 1;
            }
            if (k < end) {
              const only = <i64>lowNibble(weight8(tap, 0));
              a01 += <i64>load<i32>(a) * only;
              b01 += <i64>load<i32>(b) * only;
              k++;
            }
            a0 += lowLane(a01);
            a1 += highLane(a01);
            b0 += lowLane(b01);
            b1 += highLane(b01);
          }
          const p = output + <usize>(column * outputChannels),
            q = output + <usize>(next * outputChannels);
          store<i8>(
            p,
            requantizeChannel(a0, bias, multiplier, scaling, narrow, outputZeroPoint, low, high),
          );
          store<i8>(
            p + nextRow,
            requantizeChannel(a1, bias, multiplier, scaling, narrow, outputZeroPoint, low, high),
          );
          store<i8>(
            q,
            requantizeChannel(b0, bias, multiplier, scaling, narrow, outputZeroPoint, low, high),
          );
          store<i8>(
            q + nextRow,
            requantizeChannel(b1, bias, multiplier, scaling, narrow, outputZeroPoint, low, high),
          );
        }
        constants += 12;
        w += <usize>((taps + 1) >> 1);
        output += 1;
      }
    }
  }
}

/** For hosts: 2 pixels by 8 channels, two taps in each dot product, eight bytes of weights for both. */
export function depthwiseConv2dInt4Vector(
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
  fastRescale: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const depthMultiplier = outputChannels / channels;
    const taps = kernelHeight * kernelWidth,
      columnBytes = 16 * kernelHeight;
    const perPhase = columnsPerPhase(outputWidth, kernelWidth, strideWidth, dilationWidth);
    for (let y = 0; y < outputHeight; y++) {
      let w = weights;
      for (let c = 0; c < outputChannels; c += 8) {
        const count = min(outputChannels - c, 8);
        gatherChannels(
          x,
          y * strideHeight - top,
          scratch,
          c,
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
          inputZeroPoint,
          border,
        );
        // The block's constants start at a multiple of 16.
        const constants = w + <usize>(((taps + 3) >> 2) * 16);
        const output = out + <usize>(y * outputWidth * outputChannels + c);
        for (let column = 0; column < outputWidth; column += 2) {
          const next = min(column + 1, outputWidth - 1);
          let a =
            scratch +
            <usize>(windowStart(column, strideWidth, dilationWidth, perPhase) * columnBytes);
          let b =
            scratch +
            <usize>(windowStart(next, strideWidth, dilationWidth, perPhase) * columnBytes);
          let a0 = i32x4.splat(0),
            a1 = a0,
            b0 = a0,
            b1 = a0;
          let tap = w;
          // An odd number of taps ends in one whose weights are zero, whatever values lie there.
          for (let k = 0; k < taps; k += 2) {
            const both = weight8x8(tap, 0);
            const w0 = lowNibbles(both),
              w1 = highNibbles(both);
            const p = v128.load(a),
              q = v128.load(a, 16);
            a0 = i32x4.add(a0, i32x4.dot_i16x8_s(interleaveLow(p, q), w0));
            a1 = i32x4.add(a1, i32x4.dot_i16x8_s(interleaveHigh(p, q), w1));
            const r = v128.load(b),
              s = v128.load(b, 16);
            b0 = i32x4.add(b0, i32x4.dot_i16x8_s(interleaveLow(r, s), w0));
            b1 = i32x4.add(b1, i32x4.dot_i16x8_s(interleaveHigh(r, s), w1));
            a += 32;
            b += 32;
            tap += 8;
          }
          const p = output + <usize>(column * outputChannels),
            q = output + <usize>(next * outputChannels);
          finish8(p, count, a0, a1, constants, outputZeroPoint, low, high, fastRescale);
          finish8(q, count, b0, b1, constants, outputZeroPoint, low, high, fastRescale);
        }
        w = constants + 128;
      }
    }
  }
}
