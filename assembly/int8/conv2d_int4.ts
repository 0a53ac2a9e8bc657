// 2-D convolution over NHWC as in conv2d.ts, with int4 weights, two a byte.
import { gatherPixels, lanes, rows } from '../columns';
import { finishTwo } from '../finish';
import { highNibble, highNibbles, lowNibble, lowNibbles } from '../nibbles';
import { emptyLanes, highLane, lowLane } from '../swar';
import { finish8 } from '../vectors';
import { weight8, weight8x8 } from '../weights';

/**
 * For every engine: 4 pixels by 2 channels, the values of two pixels packed in one int32 as the column is made, and the
 * weights of both channels in one byte. A channel that is left over goes alone, two columns a byte; the flush interval is
 * even where it is not the whole depth.
 */
export function conv2dInt4(
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
  groups: i32,
  inputZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
  flushInterval: i32,
): void {
  const inputs = channels / groups;
  const outputs = outputChannels / groups;
  const depth = kernelHeight * kernelWidth * inputs;
  const last = outputHeight * outputWidth - 1;
  for (let p = 0; p <= last; p += 4) {
    let w = weights;
    for (let g = 0; g < groups; g++) {
      gatherPixels(
        x + <usize>(g * inputs),
        p,
        4,
        scratch,
        lanes,
        0,
        height,
        width,
        channels,
        inputs,
        outputHeight,
        outputWidth,
        kernelHeight,
        kernelWidth,
        strideHeight,
        strideWidth,
        dilationHeight,
        dilationWidth,
        top,
        left,
        inputZeroPoint,
        border,
      );
      const o0 = out + <usize>(p * outputChannels + g * outputs);
      const o1 = out + <usize>(min(p + 1, last) * outputChannels + g * outputs);
      const o2 = out + <usize>(min(p + 2, last) * outputChannels + g * outputs);
      const o3 = out + <usize>(min(p + 3, last) * outputChannels + g * outputs);
      const full = <usize>(outputs & ~1);
      for (let c: usize = 0; c < full; c += 2) {
        let a0 = 0,
          a1 = 0,
          a2 = 0,
          a3 = 0;
        let b0 = 0,
          b1 = 0,
          b2 = 0,
          b3 = 0;
        let column = scratch;
        for (let k = 0; k < depth; ) {
          const end = min(k + flushInterval, depth);
          let a01 = emptyLanes,
            a23 = emptyLanes,
            b01 = emptyLanes,
            b23 = emptyLanes;
          for (; k < end; k++) {
            const x01 = <i64>load<i32>(column),
              x23 = <i64>load<i32>(column, 4);
            const pair = weight8(w, 0);
            const wa = <i64>lowNibble(pair),
              wb = <i64>highNibble(pair);
            a01 += x01 * wa;
            a23 += x23 * wa;
            b01 += x01 * wb;
            b23 += x23 * wb;
            column += 8;
            w += 1;
          }
          a0 += lowLane(a01);
          a1 += highLane(a01);
          a2 += lowLane(a23);
          a3 += highLane(a23);
          b0 += lowLane(b01);
          b1 += highLane(b01);
          b2 += lowLane(b23);
          b3 += highLane(b23);
        }
        w += <usize>(-depth & 3);
        finishTwo(o0 + c, o1 + c, a0, a1, w, narrow, outputZeroPoint, low, high);
        finishTwo(o2 + c, o3 + c, a2, a3, w, narrow, outputZeroPoint, low, high);
        finishTwo(o0 + c + 1, o1 + c + 1, b0, b1, w + 12, narrow, outputZeroPoint, low, high);
        finishTwo(o2 + c + 1, o3 + c + 1, b2, b3, w + 12, narrow, outputZeroPoint, low, high);
        w += 24;
      }
      if (outputs & 1) {
        const c = full;
        let a0 = 0,
          a1 = 0,
          a2 = 0,
          a3 = 0;
        let column = scratch;
        for (let k = 0; k < depth; ) {
          const end = min(k + flushInterval, depth);
          let a01 = emptyLanes,
            a23 = emptyLanes;
          for (; k + 1 < end; k += 2) {
            const pair = weight8(w, 0);
            const first = <i64>lowNibble(pair),
              second = <i64>highNibble(pair);
            a01 += <i64>load<i32>(column) * first;
            a23 += <i64>load<i32>(column, 4) * first;
            a01 += <i64>load<i32>(column, 8) * second;
            a23 += <i64>load<i32>(column, 12) * second;
            column += 16;
            w += 1;
          }
          if (k < end) {
            const only = <i64>lowNibble(weight8(w, 0));
            a01 += <i64>load<i32>(column) * only;
            a23 += <i64>load<i32>(column, 4) * only;
            k++;
            w += 1;
          }
          a0 += lowLane(a01);
          a1 += highLane(a01);
          a2 += lowLane(a23);
          a3 += highLane(a23);
        }
        w += <usize>(-((depth + 1) >> 1) & 3);
        finishTwo(o0 + c, o1 + c, a0, a1, w, narrow, outputZeroPoint, low, high);
        finishTwo(o2 + c, o3 + c, a2, a3, w, narrow, outputZeroPoint, low, high);
        w += 12;
      }
    }
  }
}

/** For hosts: 4 pixels by 8 channels, two columns of the matrix in each dot product, eight bytes of weights for both. */
export function conv2dInt4Vector(
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
  groups: i32,
  inputZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  fastRescale: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const inputs = channels / groups;
    const outputs = outputChannels / groups;
    const depth = kernelHeight * kernelWidth * inputs;
    const columnBytes = <usize>(2 * (depth + (depth & 1)));
    const last = outputHeight * outputWidth - 1;
    for (let p = 0; p <= last; p += 4) {
      let w = weights;
      const q = min(p + 1, last),
        r = min(p + 2, last),
        s = min(p + 3, last);
      for (let g = 0; g < groups; g++) {
        gatherPixels(
          x + <usize>(g * inputs),
          p,
          4,
          scratch,
          rows,
          columnBytes,
          height,
          width,
          channels,
          inputs,
          outputHeight,
          outputWidth,
          kernelHeight,
          kernelWidth,
          strideHeight,
          strideWidth,
          dilationHeight,
          dilationWidth,
          top,
          left,
          inputZeroPoint,
          border,
        );
        for (let c = 0; c < outputs; c += 8) {
          let a0 = i32x4.splat(0),
            a1 = a0,
            b0 = a0,
            b1 = a0,
            c0 = a0,
            c1 = a0,
            d0 = a0,
            d1 = a0;
          let column = scratch;
          // An odd depth ends in a column whose weights are zero, whatever value lies there.
          for (let k = 0; k < depth; k += 2) {
            const both = weight8x8(w, 0);
            const w0 = lowNibbles(both),
              w1 = highNibbles(both);
            const a = v128.load32_splat(column);
            a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a, w0));
            a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a, w1));
            const b = v128.load32_splat(column + columnBytes);
            b0 = i32x4.add(b0, i32x4.dot_i16x8_s(b, w0));
            b1 = i32x4.add(b1, i32x4.dot_i16x8_s(b, w1));
            const e = v128.load32_splat(column + 2 * columnBytes);
            c0 = i32x4.add(c0, i32x4.dot_i16x8_s(e, w0));
            c1 = i32x4.add(c1, i32x4.dot_i16x8_s(e, w1));
            const d = v128.load32_splat(column + 3 * columnBytes);
            d0 = i32x4.add(d0, i32x4.dot_i16x8_s(d, w0));
            d1 = i32x4.add(d1, i32x4.dot_i16x8_s(d, w1));
            column += 4;
            w += 8;
          }
          // The block's constants start at the next multiple of 16.
          w += <usize>((((depth + 1) >> 1) & 1) * 8);
          const rest = outputs - c;
          const o = out + <usize>(g * outputs + c);
          const atP = o + <usize>(p * outputChannels),
            atQ = o + <usize>(q * outputChannels);
          const atR = o + <usize>(r * outputChannels),
            atS = o + <usize>(s * outputChannels);
          finish8(atP, rest, a0, a1, w, outputZeroPoint, low, high, fastRescale);
          finish8(atQ, rest, b0, b1, w, outputZeroPoint, low, high, fastRescale);
          finish8(atR, rest, c0, c1, w, outputZeroPoint, low, high, fastRescale);
          finish8(atS, rest, d0, d1, w, outputZeroPoint, low, high, fastRescale);
          w += 128;
        }
      }
    }
  }
}
