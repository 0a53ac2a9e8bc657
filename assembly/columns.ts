// im2col: a column is the window of one output pixel, row by row, channels innermost. Pixels outside the image count as
// the input's zero point.
import { laneBits } from './swar';

/** How a column's values are stored: as int32 eight bytes apart (two columns side by side), or as int16 in a row. */
@inline
const asInt32: i32 = 0;
/** The same as int32, but into the high lane of what is there already. */
@inline
const addHighLane: i32 = 1;
@inline
const asInt16: i32 = 2;

/** The layouts of the columns of several pixels, see `gatherPixels`. */
@inline
export const pairs: i32 = 0;
@inline
export const lanes: i32 = 1;
@inline
export const rows: i32 = 2;

/** Stores one value and returns where the next one goes. */
@inline
function put(column: usize, value: i32, how: i32): usize {
  if (how == asInt16) {
    store<i16>(column, value);
    return column + 2;
  }
  store<i32>(column, how == addHighLane ? load<i32>(column) + (value << laneBits) : value);
  return column + 8;
}

/** Writes the window with its corner at (y0, x0), `inputs` channels from `x` on, to a column. */
@inline
function gather(
  x: usize,
  y0: i32,
  x0: i32,
  column: usize,
  how: i32,
  height: i32,
  width: i32,
  channels: i32,
  inputs: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  zeroPoint: i32,
): void {
  for (let u = 0; u < kernelHeight; u++) {
    const row = y0 + u * dilationHeight;
    for (let v = 0; v < kernelWidth; v++) {
      const col = x0 + v * dilationWidth;
      if (<u32>row < <u32>height && <u32>col < <u32>width) {
        const source = x + <usize>((row * width + col) * channels);
        for (let i = 0; i < inputs; i++) column = put(column, load<i8>(source + <usize>i), how);
      } else {
        for (let i = 0; i < inputs; i++) column = put(column, zeroPoint, how);
      }
    }
  }
}

/**
 * Writes the columns of `count` output pixels from pixel number `first` on; behind the last pixel comes the last one
 * again. Column i is stored at `columns` plus offset(i) in the way how(i) says, both by `layout`: `pairs` puts two
 * columns side by side, `lanes` four columns as two, `rows` one behind another.
 */
@inline
export function gatherPixels(
  x: usize,
  first: i32,
  count: i32,
  columns: usize,
  layout: i32,
  columnBytes: usize,
  height: i32,
  width: i32,
  channels: i32,
  inputs: i32,
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
  zeroPoint: i32,
): void {
  let row = first / outputWidth,
    col = first % outputWidth;
  for (let i = 0; i < count; i++) {
    let column = columns,
      how = asInt32;
    if (layout == pairs) {
      column += <usize>(4 * i);
    } else if (layout == lanes) {
      column += <usize>((i >> 1) * 4);
      how = i & 1;
    } else {
      column += <usize>i * columnBytes;
      how = asInt16;
    }
    gather(
      x,
      row * strideHeight - top,
      col * strideWidth - left,
      column,
      how,
      height,
      width,
      channels,
      inputs,
      kernelHeight,
      kernelWidth,
      dilationHeight,
      dilationWidth,
      zeroPoint,
    );
    if (col + 1 < outputWidth) {
      col++;
    } else if (row + 1 < outputHeight) {
      row++;
      col = 0;
    }
  }
}
