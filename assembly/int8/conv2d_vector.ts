// 2-D convolution over NHWC for hosts. A band of output rows at a time, the input rows that it needs are widened to a
// strip (wide_strip.ts), in which each row of a window is one stretch of memory: no window is ever copied.
import { columnsPerPhase } from '../strip';
import { finishTwoPixels } from '../vectors';
import { weight8x8, weight128 } from '../weights';
import { writeStrip, writeWindows } from '../wide_strip';

/** 4 pixels by 8 channels, two columns of the matrix in each dot product. */
export function conv2dVector(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  windows: usize,
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
  bandRows: i32,
  rescaling: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const inputs = channels / groups,
      outputs = outputChannels / groups;
    const perPhase = columnsPerPhase(outputWidth, kernelWidth, strideWidth, dilationWidth);
    const rowBytes = <usize>(2 * dilationHeight * dilationWidth * perPhase * inputs);
    // An odd number of values ends in a pair whose second weight is zero, whatever value lies there.
    const pairs = (kernelWidth * inputs + 1) >> 1;
    const weightBytes = <usize>(16 * kernelHeight * pairs);
    const nextRow = rowBytes - <usize>(4 * pairs);
    let groupWeights = weights;
    for (let g = 0; g < groups; g++) {
      for (let y = 0; y < outputHeight; y += bandRows) {
        const rows = min(bandRows, outputHeight - y);
        writeStrip(
          x + <usize>(g * inputs),
          scratch,
          y * strideHeight - top,
          (rows - 1) * strideHeight + (kernelHeight - 1) * dilationHeight + 1,
          height,
          width,
          channels,
          inputs,
          1,
          inputs,
          left,
          dilationWidth,
          perPhase,
          inputZeroPoint,
          border,
          rescaling > 0 ? 1 : 0,
        );
        writeWindows(
          windows,
          rows,
          outputWidth,
          strideHeight,
          strideWidth,
          dilationWidth,
          perPhase,
          2 * inputs,
        );
        const last = rows * outputWidth - 1;
        let block = groupWeights;
        for (let c = 0; c < outputs; c += 8) {
          const band = out + <usize>(y * outputWidth * outputChannels + g * outputs + c);
          const constants = block + weightBytes;
          for (let pixel = 0; pixel <= last; pixel += 4) {
            const window = windows + <usize>(4 * pixel);
            let a = scratch + load<i32>(window),
              b = scratch + load<i32>(window, 4),
              e = scratch + load<i32>(window, 8),
              d = scratch + load<i32>(window, 12);
            let a0 = weight128(constants, 0),
              a1 = weight128(constants, 16);
            let b0 = a0,
              b1 = a1,
              e0 = a0,
              e1 = a1,
              d0 = a0,
              d1 = a1;
            let w = block;
            for (let u = 0; u < kernelHeight; u++) {
              for (let k = 0; k < pairs; k++) {
                const w0 = weight8x8(w, 0),
                  w1 = weight8x8(w, 8);
                const p = v128.load32_splat(a);
                a0 = i32x4.add(a0, i32x4.dot_i16x8_s(p, w0));
                a1 = i32x4.add(a1, i32x4.dot_i16x8_s(p, w1));
                const q = v128.load32_splat(b);
                b0 = i32x4.add(b0, i32x4.dot_i16x8_s(q, w0));
                b1 = i32x4.add(b1, i32x4.dot_i16x8_s(q, w1));
                const r = v128.load32_splat(e);
                e0 = i32x4.add(e0, i32x4.dot_i16x8_s(r, w0));
                e1 = i32x4.add(e1, i32x4.dot_i16x8_s(r, w1));
                const s = v128.load32_splat(d);
                d0 = i32x4.add(d0, i32x4.dot_i16x8_s(s, w0));
                d1 = i32x4.add(d1, i32x4.dot_i16x8_s(s, w1));
                a += 4;
                b += 4;
                e += 4;
                d += 4;
                w += 16;
              }
              a += nextRow;
              b += nextRow;
              e += nextRow;
              d += nextRow;
            }
            finishTwoPixels(
              band + <usize>(pixel * outputChannels),
              band + <usize>(min(pixel + 1, last) * outputChannels),
              outputs - c,
              a0,
              a1,
              b0,
              b1,
              constants,
              outputZeroPoint,
              low,
              high,
              rescaling,
            );
            finishTwoPixels(
              band + <usize>(min(pixel + 2, last) * outputChannels),
              band + <usize>(min(pixel + 3, last) * outputChannels),
              outputs - c,
              e0,
              e1,
              d0,
              d1,
              constants,
              outputZeroPoint,
              low,
              high,
              rescaling,
            );
          }
          block = constants + 128;
        }
      }
      groupWeights += <usize>((outputs + 7) >> 3) * (weightBytes + 128);
    }
  }
}
