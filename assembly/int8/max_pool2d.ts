// Max pooling over NHWC. Each output is written after its window is read and before a later window starts, so that the
// output may lie where the input lies.

/** One channel's maximum over a window that is already cut to the image. */
@inline
function windowMax(
  corner: usize,
  rows: i32,
  columns: i32,
  rowBytes: usize,
  pixelBytes: usize,
): i32 {
  let most = -128;
  for (let u = 0; u < rows; u++) {
    let p = corner;
    for (let v = 0; v < columns; v++) {
      most = max(most, <i32>load<i8>(p));
      p += pixelBytes;
    }
    corner += rowBytes;
  }
  return most;
}

/** One channel at a time. */
export function maxPool2d(
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
      for (let c = 0; c < channels; c++) {
        const most = windowMax(corner + <usize>c, rows, columns, rowBytes, <usize>channels);
        store<i8>(out, min(max(most, low), high));
        out += 1;
      }
    }
  }
}

/** For hosts: sixteen channels at a time, the rest one by one. */
export function maxPool2dVector(
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
        let c = 0;
        for (; c + 16 <= channels; c += 16) {
          let most = i8x16.splat(-128);
          for (let u = 0; u < rows; u++) {
            let p = corner + <usize>u * rowBytes + <usize>c;
            for (let v = 0; v < columns; v++) {
              most = i8x16.max_s(most, v128.load(p));
              p += <usize>channels;
            }
          }
          most = i8x16.min_s(i8x16.max_s(most, i8x16.splat(<i8>low)), i8x16.splat(<i8>high));
          v128.store(out, most);
          out += 16;
        }
        for (; c < channels; c++) {
          const most = windowMax(corner + <usize>c, rows, columns, rowBytes, <usize>channels);
          store<i8>(out, min(max(most, low), high));
          out += 1;
        }
      }
    }
  }
}
