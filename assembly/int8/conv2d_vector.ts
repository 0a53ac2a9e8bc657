// 2-D convolution over NHWC for hosts. A band of output rows at a time, the input rows that it needs are widened to a
// strip (wide_strip.ts), in which each row of a window is one stretch of memory: no window is ever copied.
import { columnsPerPhase } from '../strip';
import { finishFourPixels, rescaleBlock, storeInt8 } from '../vectors';
import { weight8x8, weight128 } from '../weights';
import { writeStrip, writeWindows } from '../wide_strip';

/** Writes `bytes` int8 weights as int16. */
@inline
function widenWeights(from: usize, to: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(to + 2 * i, weight8x8(from + i, 0));
    v128.store(to + 2 * i, weight8x8(from + i, 8), 16);
  }
}

/**
 * A block of eight channels, of which `count` are there, of four pixels, whose windows' offsets in the strip lie at
 * `window`. Each of the `kernelHeight` rows of a window is `pairs` pairs of values; `nextRow` lies between the end of one
 * and the start of the next.
 */
@inline
function convolveFour(
  strip: usize,
  window: usize,
  weights: usize,
  kernelHeight: i32,
  pairs: i32,
  nextRow: usize,
  outP: usize,
  outQ: usize,
  outR: usize,
  outS: usize,
  count: i32,
  constants: usize,
  zeroPoint: i32,
  low: i32,
  high: i32,
  rescaling: i32,
): void {
  let p = strip + load<i32>(window),
    q = strip + load<i32>(window, 4),
    r = strip + load<i32>(window, 8),
    s = strip + load<i32>(window, 12);
  let p0 = weight128(constants, 0),
    p1 = weight128(constants, 16);
  let q0 = p0,
    q1 = p1,
    r0 = p0,
    r1 = p1,
    s0 = p0,
    s1 = p1;
  let w = weights;
  for (let u = 0; u < kernelHeight; u++) {
    const end = w + <usize>(32 * pairs);
    // One step a turn: V8 reads all that a turn reads first, and more would not fit in its registers.
    while (w < end) {
      const w0 = v128.load(w),
        w1 = v128.load(w, 16);
      const a = v128.load32_splat(p);
      p0 = i32x4.add(p0, i32x4.dot_i16x8_s(a, w0));
      p1 = i32x4.add(p1, i32x4.dot_i16x8_s(a, w1));
      const b = v128.load32_splat(q);
      q0 = i32x4.add(q0, i32x4.dot_i16x8_s(b, w0));
      q1 = i32x4.add(q1, i32x4.dot_i16x8_s(b, w1));
      const c = v128.load32_splat(r);
      r0 = i32x4.add(r0, i32x4.dot_i16x8_s(c, w0));
      r1 = i32x4.add(r1, i32x4.dot_i16x8_s(c, w1));
      const d = v128.load32_splat(s);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(d, w0));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(d, w1));
      p += 4;
      q += 4;
      r += 4;
      s += 4;
      w += 32;
    }
    p += nextRow;
    q += nextRow;
    r += nextRow;
    s += nextRow;
  }
  finishFourPixels(
    outP,
    outQ,
    outR,
    outS,
    count,
    p0,
    p1,
    q0,
    q1,
    r0,
    r1,
    s0,
    s1,
    constants,
    zeroPoint,
    low,
    high,
    rescaling,
  );
}

/** {@link convolveFour} for one pixel, whose window starts at `p`. */
@inline
function convolveOne(
  p: usize,
  weights: usize,
  kernelHeight: i32,
  pairs: i32,
  nextRow: usize,
  out: usize,
  count: i32,
  constants: usize,
  zeroPoint: i32,
  low: i32,
  high: i32,
  rescaling: i32,
): void {
  let p0 = weight128(constants, 0),
    p1 = weight128(constants, 16);
  let w = weights;
  for (let u = 0; u < kernelHeight; u++) {
    const end = w + <usize>(32 * pairs);
    while (w < end) {
      const a = v128.load32_splat(p);
      p0 = i32x4.add(p0, i32x4.dot_i16x8_s(a, v128.load(w)));
      p1 = i32x4.add(p1, i32x4.dot_i16x8_s(a, v128.load(w, 16)));
      p += 4;
      w += 32;
    }
    p += nextRow;
  }
  storeInt8(
    out,
    rescaleBlock(p0, constants, 8, 0, zeroPoint, rescaling),
    rescaleBlock(p1, constants, 8, 4, zeroPoint, rescaling),
    count,
    low,
    high,
  );
}

/** 4 pixels by 8 channels at a time, two columns of the matrix in each dot product. */
export function conv2dVector(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  windows: usize,
  wide: usize,
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
          widenWeights(block, wide, weightBytes);
          let pixel = 0;
          for (; pixel < last; pixel += 4) {
            convolveFour(
              scratch,
              windows + <usize>(4 * pixel),
              wide,
              kernelHeight,
              pairs,
              nextRow,
              band + <usize>(pixel * outputChannels),
              band + <usize>(min(pixel + 1, last) * outputChannels),
              band + <usize>(min(pixel + 2, last) * outputChannels),
              band + <usize>(min(pixel + 3, last) * outputChannels),
              outputs - c,
              constants,
              outputZeroPoint,
              low,
              high,
              rescaling,
            );
          }
          // Images of odd height and width mostly leave one pixel over.
          if (pixel == last) {
            convolveOne(
              scratch + load<i32>(windows + <usize>(4 * last)),
              wide,
              kernelHeight,
              pairs,
              nextRow,
              band + <usize>(last * outputChannels),
              outputs - c,
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
