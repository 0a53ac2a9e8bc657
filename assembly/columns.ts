// im2col: a column is the window of one output pixel, row by row, channels innermost. Pixels outside the image count as
// the input's zero point, or show the image again.
import { constant, shownPlace } from './border';
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

/** How far apart a column's values are. */
@inline
function stepOf(how: i32): usize {
  return how == asInt16 ? 2 : 8;
}

/** Stores one value. */
@inline
function put(column: usize, value: i32, how: i32): void {
  if (how == asInt16) {
    store<i16>(column, value);
  } else {
    store<i32>(column, how == addHighLane ? load<i32>(column) + (value << laneBits) : value);
  }
}

/**
 * Writes `count` values that lie side by side at `source` and returns where the next one goes. There are never more than
 * `most`, which is known where shapes are constants.
 */
@inline
function copyRun(column: usize, source: usize, count: i32, most: i32, how: i32): usize {
  const step = stepOf(how);
  if (most >= 8) {
    const blocksEnd = source + <usize>(count & ~7);
    while (source != blocksEnd) {
      for (let i: usize = 0; i < 8; i++) put(column + i * step, load<i8>(source + i), how);
      source += 8;
      column += 8 * step;
    }
  }
  if (count & 4) {
    for (let i: usize = 0; i < 4; i++) put(column + i * step, load<i8>(source + i), how);
    source += 4;
    column += 4 * step;
  }
  if (count & 2) {
    for (let i: usize = 0; i < 2; i++) put(column + i * step, load<i8>(source + i), how);
    source += 2;
    column += 2 * step;
  }
  if (count & 1) {
    put(column, load<i8>(source), how);
    column += step;
  }
  return column;
}

/** Writes `count` times the same value and returns where the next one goes. */
@inline
function fillRun(column: usize, value: i32, count: i32, how: i32): usize {
  const step = stepOf(how);
  const end = column + <usize>count * step;
  while (column != end) {
    put(column, value, how);
    column += step;
  }
  return column;
}

/** How many of the window's columns, `dilation` apart from image column `x0` on, lie left of image column `bound`. */
@inline
function columnsLeftOf(bound: i32, x0: i32, kernelWidth: i32, dilation: i32): i32 {
  return min(max((bound - x0 + dilation - 1) / dilation, 0), kernelWidth);
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
  border: i32,
): void {
  const left = columnsLeftOf(0, x0, kernelWidth, dilationWidth);
  const right = columnsLeftOf(width, x0, kernelWidth, dilationWidth);
  for (let u = 0; u < kernelHeight; u++) {
    let row = y0 + u * dilationHeight;
    if (border != constant) {
      // Every place of the window shows one of the image.
      row = shownPlace(row, height, border);
      for (let v = 0; v < kernelWidth; v++) {
        const shown = shownPlace(x0 + v * dilationWidth, width, border);
        column = copyRun(
          column,
          x + <usize>((row * width + shown) * channels),
          inputs,
          inputs,
          how,
        );
      }
      continue;
    }
    if (<u32>row >= <u32>height) {
      column = fillRun(column, zeroPoint, kernelWidth * inputs, how);
      continue;
    }
    column = fillRun(column, zeroPoint, left * inputs, how);
    let source = x + <usize>((row * width + x0 + left * dilationWidth) * channels);
    if (dilationWidth == 1 && inputs == channels) {
      column = copyRun(column, source, (right - left) * channels, kernelWidth * channels, how);
    } else {
      for (let v = left; v < right; v++) {
        column = copyRun(column, source, inputs, inputs, how);
        source += <usize>(dilationWidth * channels);
      }
    }
    column = fillRun(column, zeroPoint, (kernelWidth - right) * inputs, how);
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
  border: i32 = constant,
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
      border,
    );
    if (col + 1 < outputWidth) {
      col++;
    } else if (row + 1 < outputHeight) {
      row++;
      col = 0;
    }
  }
}
