// Transposed 2-D convolution over NHWC. Outputs whose place in the uncut output leaves the same remainders by the stride
// are a phase: they meet the same kernel weights, each with one input pixel, and are together an ordinary convolution with
// stride 1. So weights come as one matrix a phase, rows of zeros where a phase meets none, and every phase goes the way of
// conv2d: columns of a few pixels at a time, multiplied by the matrix.
import { gatherPixels, lanes, rows } from '../columns';
import { requantizeChannel } from '../fixedpoint';
import { emptyLanes, highLane, lowLane } from '../swar';
import { finish8 } from '../vectors';
import { weight8, weight8x8, weight32 } from '../weights';

/** How many of the kernel's rows (or columns) a phase meets. */
@inline
function tapsOf(kernel: i32, phase: i32, stride: i32): i32 {
  return max(1, (kernel - phase + stride - 1) / stride);
}

/** The phase's first output row (or column), `cut` of which were cut off. */
@inline
function firstOutput(phase: i32, cut: i32, stride: i32): i32 {
  return (phase + stride - (cut % stride)) % stride;
}

/** How many input rows (or columns) the first window starts ahead of the image. */
@inline
function padding(first: i32, phase: i32, taps: i32, cut: i32, stride: i32): i32 {
  return taps - 1 - (first + cut - phase) / stride;
}

/** The address of a phase's pixel, numbered row by row; steps are the bytes to its next row and column. */
@inline
function pixelAddress(
  first: usize,
  pixel: i32,
  columns: i32,
  rowStep: i32,
  columnStep: i32,
): usize {
  return first + <usize>((pixel / columns) * rowStep + (pixel % columns) * columnStep);
}

/** For microcontrollers: 4 pixels by 1 channel, the values of two pixels packed in one int32 as the column is made. */
export function transposeConv2dPixelPairs(
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
  top: i32,
  left: i32,
  inputZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
  flushInterval: i32,
): void {
  const columnStep = strideWidth * outputChannels,
    rowStep = strideHeight * outputWidth * outputChannels;
  let matrix = weights;
  for (let phaseRow = 0; phaseRow < strideHeight; phaseRow++) {
    const tapRows = tapsOf(kernelHeight, phaseRow, strideHeight);
    const firstRow = firstOutput(phaseRow, top, strideHeight);
    const outRows = (outputHeight - firstRow + strideHeight - 1) / strideHeight;
    for (let phaseColumn = 0; phaseColumn < strideWidth; phaseColumn++) {
      const tapColumns = tapsOf(kernelWidth, phaseColumn, strideWidth);
      const firstColumn = firstOutput(phaseColumn, left, strideWidth);
      const outColumns = (outputWidth - firstColumn + strideWidth - 1) / strideWidth;
      const depth = tapRows * tapColumns * channels;
      const rowBytes = <usize>((depth + 3) & ~3);
      const firstPixel = out + <usize>((firstRow * outputWidth + firstColumn) * outputChannels);
      const last = outRows * outColumns - 1;
      for (let p = 0; p <= last; p += 4) {
        gatherPixels(
          x,
          p,
          4,
          scratch,
          lanes,
          0,
          height,
          width,
          channels,
          channels,
          outRows,
          outColumns,
          tapRows,
          tapColumns,
          1,
          1,
          1,
          1,
          padding(firstRow, phaseRow, tapRows, top, strideHeight),
          padding(firstColumn, phaseColumn, tapColumns, left, strideWidth),
          inputZeroPoint,
        );
        let o0 = pixelAddress(firstPixel, p, outColumns, rowStep, columnStep);
        let o1 = pixelAddress(firstPixel, min(p + 1, last), outColumns, rowStep, columnStep);
        let o2 = pixelAddress(firstPixel, min(p + 2, last), outColumns, rowStep, columnStep);
        let o3 = pixelAddress(firstPixel, min(p + 3, last), outColumns, rowStep, columnStep);
        let w = matrix;
        for (let c = 0; c < outputChannels; c++) {
          const constants = w + rowBytes;
          const bias = weight32(constants, 0),
            multiplier = weight32(constants, 4),
            scaling = weight32(constants, 8);
          let s0 = 0,
            s1 = 0,
            s2 = 0,
            s3 = 0;
          let column = scratch;
          for (let k = 0; k < depth; ) {
            const end = min(k + flushInterval, depth);
            let s01 = emptyLanes,
              s23 = emptyLanes;
            for (; k < end; k++) {
              const weight = <i64>weight8(w, 0);
              s01 += <i64>load<i32>(column) * weight;
              s23 += <i64>load<i32>(column, 4) * weight;
              column += 8;
              w += 1;
            }
            s0 += lowLane(s01);
            s1 += highLane(s01);
            s2 += lowLane(s23);
            s3 += highLane(s23);
          }
          store<i8>(
            o0,
            requantizeChannel(s0, bias, multiplier, scaling, narrow, outputZeroPoint, low, high),
          );
          store<i8>(
            o1,
            requantizeChannel(s1, bias, multiplier, scaling, narrow, outputZeroPoint, low, high),
          );
          store<i8>(
            o2,
            requantizeChannel(s2, bias, multiplier, scaling, narrow, outputZeroPoint, low, high),
          );
          store<i8>(
            o3,
            requantizeChannel(s3, bias, multiplier, scaling, narrow, outputZeroPoint, low, high),
          );
          o0 += 1;
          o1 += 1;
          o2 += 1;
          o3 += 1;
          w = constants + 12;
        }
      }
      matrix += <usize>outputChannels * (rowBytes + 12);
    }
  }
}

/** For hosts: 4 pixels by 8 channels, two columns of the matrix in each dot product. */
export function transposeConv2dVector(
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
  top: i32,
  left: i32,
  inputZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  fastRescale: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const columnStep = strideWidth * outputChannels,
      rowStep = strideHeight * outputWidth * outputChannels;
    let matrix = weights;
    for (let phaseRow = 0; phaseRow < strideHeight; phaseRow++) {
      const tapRows = tapsOf(kernelHeight, phaseRow, strideHeight);
      const firstRow = firstOutput(phaseRow, top, strideHeight);
      const outRows = (outputHeight - firstRow + strideHeight - 1) / strideHeight;
      for (let phaseColumn = 0; phaseColumn < strideWidth; phaseColumn++) {
        const tapColumns = tapsOf(kernelWidth, phaseColumn, strideWidth);
        const firstColumn = firstOutput(phaseColumn, left, strideWidth);
        const outColumns = (outputWidth - firstColumn + strideWidth - 1) / strideWidth;
        const depth = tapRows * tapColumns * channels;
        const columnBytes = <usize>(2 * (depth + (depth & 1)));
        const firstPixel = out + <usize>((firstRow * outputWidth + firstColumn) * outputChannels);
        const last = outRows * outColumns - 1;
        for (let p = 0; p <= last; p += 4) {
          gatherPixels(
            x,
            p,
            4,
            scratch,
            rows,
            columnBytes,
            height,
            width,
            channels,
            channels,
            outRows,
            outColumns,
            tapRows,
            tapColumns,
            1,
            1,
            1,
            1,
            padding(firstRow, phaseRow, tapRows, top, strideHeight),
            padding(firstColumn, phaseColumn, tapColumns, left, strideWidth),
            inputZeroPoint,
          );
          const o0 = pixelAddress(firstPixel, p, outColumns, rowStep, columnStep);
          const o1 = pixelAddress(firstPixel, min(p + 1, last), outColumns, rowStep, columnStep);
          const o2 = pixelAddress(firstPixel, min(p + 2, last), outColumns, rowStep, columnStep);
          const o3 = pixelAddress(firstPixel, min(p + 3, last), outColumns, rowStep, columnStep);
          let w = matrix;
          for (let c = 0; c < outputChannels; c += 8) {
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
              const w0 = weight8x8(w, 0),
                w1 = weight8x8(w, 8);
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
              w += 16;
            }
            const rest = outputChannels - c;
            const o = <usize>c;
            finish8(o0 + o, rest, a0, a1, w, outputZeroPoint, low, high, fastRescale);
            finish8(o1 + o, rest, b0, b1, w, outputZeroPoint, low, high, fastRescale);
            finish8(o2 + o, rest, c0, c1, w, outputZeroPoint, low, high, fastRescale);
            finish8(o3 + o, rest, d0, d1, w, outputZeroPoint, low, high, fastRescale);
            w += 128;
          }
        }
        matrix += <usize>((outputChannels + 7) >> 3) * (4 * columnBytes + 128);
      }
    }
  }
}
