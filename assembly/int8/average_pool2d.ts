// Average pooling over NHWC; pixels of the padding do not count.
import { averaged, windowOutputs, windowOutputsVector } from '../window_sums';

/** Four channels at a time. */
export function averagePool2d(
  x: usize,
  out: usize,
  height: i32,
  width: i32,
  channels: i32,
  outputHeight: i32,
  outputWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  low: i32,
  high: i32,
): void {
  const rowBytes = <usize>(width * channels);
  for (let y = 0; y < outputHeight; y++) {
    const y0 = max(y * strideHeight - top, 0);
    const rows = min(y * strideHeight - top + kernelHeight, height) - y0;
    for (let column = 0; column < outputWidth; column++) {
      const x0 = max(column * strideWidth - left, 0);
      const columns = min(column * strideWidth - left + kernelWidth, width) - x0;
      const corner = x + <usize>((y0 * width + x0) * channels);
      windowOutputs(
        averaged,
        corner,
        out,
        rows,
        columns,
        rowBytes,
        <usize>channels,
        channels,
        0,
        0,
        0,
        0,
        low,
        high,
      );
      out += <usize>channels;
    }
  }
}

/** For hosts: sixteen channels at a time, the rest one by one. */
export function averagePool2dVector(
  x: usize,
  out: usize,
  height: i32,
  width: i32,
  channels: i32,
  outputHeight: i32,
  outputWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  low: i32,
  high: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const rowBytes = <usize>(width * channels);
    for (let y = 0; y < outputHeight; y++) {
      const y0 = max(y * strideHeight - top, 0);
      const rows = min(y * strideHeight - top + kernelHeight, height) - y0;
      for (let column = 0; column < outputWidth; column++) {
        const x0 = max(column * strideWidth - left, 0);
        const columns = min(column * strideWidth - left + kernelWidth, width) - x0;
        const corner = x + <usize>((y0 * width + x0) * channels);
        windowOutputsVector(
          averaged,
          corner,
          out,
          rows,
          columns,
          rowBytes,
          <usize>channels,
          channels,
          0,
          0,
          0,
          0,
          low,
          high,
        );
        out += <usize>channels;
      }
    }
  }
}
