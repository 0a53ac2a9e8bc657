// Two columns side by side (im2col, see columns.ts) of windows that lie inside the image.

/** Whether a window with its corner at (y0, x0) lies inside the image. */
@inline
export function isInside(
  y0: i32,
  x0: i32,
  height: i32,
  width: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
): bool {
  const lastRow = (kernelHeight - 1) * dilationHeight,
    lastColumn = (kernelWidth - 1) * dilationWidth;
  return y0 >= 0 && x0 >= 0 && y0 + lastRow < height && x0 + lastColumn < width;
}

/** Whether all windows of a layer lie inside the image. */
@inline
export function areAllInside(
  height: i32,
  width: i32,
  outputHeight: i32,
  outputWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  top: i32,
  left: i32,
): bool {
  return (
    (top | left) == 0 &&
    isInside(
      (outputHeight - 1) * strideHeight,
      (outputWidth - 1) * strideWidth,
      height,
      width,
      kernelHeight,
      kernelWidth,
      dilationHeight,
      dilationWidth,
    )
  );
}

/** Writes value `i` of each run: one store, as both are read before. */
@inline
function copyPairs(column: usize, p: usize, q: usize, i: usize): void {
  const a = load<i8>(p + i),
    b = load<i8>(q + i);
  store<i32>(column + 8 * i, a);
  store<i32>(column + 8 * i, b, 4);
}

/** Writes `count` values from `p` on and as many from `q` on, side by side, and returns where the next ones go. */
@inline
function copyRuns(column: usize, p: usize, q: usize, count: i32): usize {
  const blocksEnd = p + <usize>(count & ~7);
  while (p != blocksEnd) {
    for (let i: usize = 0; i < 8; i++) copyPairs(column, p, q, i);
    p += 8;
    q += 8;
    column += 64;
  }
  if (count & 4) {
    for (let i: usize = 0; i < 4; i++) copyPairs(column, p, q, i);
    p += 4;
    q += 4;
    column += 32;
  }
  if (count & 2) {
    for (let i: usize = 0; i < 2; i++) copyPairs(column, p, q, i);
    p += 2;
    q += 2;
    column += 16;
  }
  if (count & 1) {
    copyPairs(column, p, q, 0);
    column += 8;
  }
  return column;
}

/** Writes the two windows whose corners lie at `p` and `q`, `inputs` channels of each place. */
@inline
export function gatherInside(
  p: usize,
  q: usize,
  column: usize,
  width: i32,
  channels: i32,
  inputs: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
): void {
  const rowBytes = <usize>(dilationHeight * width * channels),
    placeBytes = <usize>(dilationWidth * channels);
  const isRun = dilationWidth == 1 && inputs == channels;
  for (let u = 0; u < kernelHeight; u++) {
    if (isRun) {
      column = copyRuns(column, p, q, kernelWidth * channels);
    } else {
      for (let v = 0; v < kernelWidth; v++) {
        const place = <usize>v * placeBytes;
        column = copyRuns(column, p + place, q + place, inputs);
      }
    }
    p += rowBytes;
    q += rowBytes;
  }
}
