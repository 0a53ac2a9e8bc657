// Depthwise 2-D convolution over NHWC for hosts. A band of output rows at a time, the input rows that it needs are widened
// to a strip (wide_strip.ts) of whole blocks of eight output channels.
import { columnsPerPhase, interleaveHigh, interleaveLow } from '../strip';
import { finishTwoPixels } from '../vectors';
import { weight8x8, weight128 } from '../weights';
import { writeStrip, writeWindows } from '../wide_strip';

/** The offset from a window's start of each tap, column by column; an odd number of taps ends in one whose weights are zero. */
@inline
function writeTaps(
  table: usize,
  kernelHeight: i32,
  kernelWidth: i32,
  rowBytes: i32,
  columnBytes: i32,
): void {
  for (let v = 0; v < kernelWidth; v++) {
    for (let u = 0; u < kernelHeight; u++) {
      store<i32>(table, u * rowBytes + v * columnBytes);
      table += 4;
    }
  }
  store<i32>(table, 0);
}

/** 2 pixels by 8 channels, two taps in each dot product. */
export function depthwiseConv2dVector(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  windows: usize,
  offsets: usize,
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
  bandRows: i32,
  rescaling: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const perPhase = columnsPerPhase(outputWidth, kernelWidth, strideWidth, dilationWidth);
    const pixelValues = (outputChannels + 7) & ~7;
    const pixelBytes = 2 * pixelValues,
      rowBytes = dilationHeight * dilationWidth * perPhase * pixelBytes;
    const pairs = (kernelHeight * kernelWidth + 1) >> 1;
    writeTaps(offsets, kernelHeight, kernelWidth, rowBytes, pixelBytes);
    for (let y = 0; y < outputHeight; y += bandRows) {
      const rows = min(bandRows, outputHeight - y);
      writeStrip(
        x,
        scratch,
        y * strideHeight - top,
        (rows - 1) * strideHeight + (kernelHeight - 1) * dilationHeight + 1,
        height,
        width,
        channels,
        channels,
        outputChannels / channels,
        pixelValues,
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
        pixelBytes,
      );
      const last = rows * outputWidth - 1;
      let block = weights;
      for (let c = 0; c < outputChannels; c += 8) {
        const strip = scratch + <usize>(2 * c);
        const band = out + <usize>(y * outputWidth * outputChannels + c);
        const constants = block + <usize>(16 * pairs);
        for (let pixel = 0; pixel <= last; pixel += 2) {
          const window = windows + <usize>(4 * pixel);
          const p = strip + load<i32>(window),
            q = strip + load<i32>(window, 4);
          let p0 = weight128(constants, 0),
            p1 = weight128(constants, 16);
          let q0 = p0,
            q1 = p1;
          let tap = offsets;
          for (let w = block; w < constants; w += 16) {
            const w0 = weight8x8(w, 0),
              w1 = weight8x8(w, 8);
            const first = load<i32>(tap),
              second = load<i32>(tap, 4);
            const a = v128.load(p + first),
              b = v128.load(p + second);
            p0 = i32x4.add(p0, i32x4.dot_i16x8_s(interleaveLow(a, b), w0));
            p1 = i32x4.add(p1, i32x4.dot_i16x8_s(interleaveHigh(a, b), w1));
            const d = v128.load(q + first),
              e = v128.load(q + second);
            q0 = i32x4.add(q0, i32x4.dot_i16x8_s(interleaveLow(d, e), w0));
            q1 = i32x4.add(q1, i32x4.dot_i16x8_s(interleaveHigh(d, e), w1));
            tap += 8;
          }
          finishTwoPixels(
            band + <usize>(pixel * outputChannels),
            band + <usize>(min(pixel + 1, last) * outputChannels),
            outputChannels - c,
            p0,
            p1,
            q0,
            q1,
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
  }
}
