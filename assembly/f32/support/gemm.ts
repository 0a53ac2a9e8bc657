import { F32, storeLanes } from './lanes';

// A matrix that is multiplied from the right lies in memory as panels of 16 columns: [columns / 16][rows][16], the last
// panel filled up with zeros. So the inner loop reads it from front to back, whatever its width.

/** Columns of a panel. */
export const PANEL = 16;
/** Bytes of one row of a panel. */
export const PANEL_ROW: usize = 64;
/** Sixteen zeros, for products that start from nothing. */
export const ZEROS: usize = memory.data(64, 16);
/** Rows of a panel that are used at a time: 16 KiB, which stay in the first-level cache while all rows of `a` pass. */
const DEPTH = 256;

/**
 * c[row][0..columns) = from[row][0..columns) + sum over k of a[row][k] * b[k][0..columns), for at most 16 columns.
 * `a` is read through three nested strides (outer, middle, inner), so that k may run over the window of a convolution
 * as it lies in the image; a plain matrix has one outer and one middle step. All strides are in bytes.
 *
 * The tile is 2 rows by 16 columns: 8 accumulators, 4 registers of `b`, 2 of `a` and one product are the 15 registers
 * beyond which V8 spills. An odd last row is computed twice and stored twice, with the same result.
 */
export function multiplyPanel(
  rows: i32,
  columns: i32,
  outer: i32,
  middle: i32,
  inner: i32,
  a: usize,
  aRow: usize,
  aOuter: usize,
  aMiddle: usize,
  aInner: usize,
  b: usize,
  bRow: usize,
  from: usize,
  fromRow: usize,
  c: usize,
  cRow: usize,
): void {
  for (let row = 0; row < rows; row += 2) {
    const alone = row + 1 === rows;
    const from1 = alone ? from : from + fromRow;
    const c1 = alone ? c : c + cRow;
    let c00 = v128.load(from);
    let c01 = v128.load(from, 16);
    let c02 = v128.load(from, 32);
    let c03 = v128.load(from, 48);
    let c10 = v128.load(from1);
    let c11 = v128.load(from1, 16);
    let c12 = v128.load(from1, 32);
    let c13 = v128.load(from1, 48);

    let bk = b;
    let outer0 = a;
    let outer1 = alone ? a : a + aRow;
    for (let i = outer; i > 0; i--) {
      let middle0 = outer0;
      let middle1 = outer1;
      for (let j = middle; j > 0; j--) {
        let a0 = middle0;
        let a1 = middle1;
        for (let k = inner; k > 0; k--) {
          const b0 = v128.load(bk);
          const b1 = v128.load(bk, 16);
          const b2 = v128.load(bk, 32);
          const b3 = v128.load(bk, 48);
          const x0 = v128.load32_splat(a0);
          c00 = f32x4.add(c00, f32x4.mul(x0, b0));
          c01 = f32x4.add(c01, f32x4.mul(x0, b1));
          c02 = f32x4.add(c02, f32x4.mul(x0, b2));
          c03 = f32x4.add(c03, f32x4.mul(x0, b3));
          const x1 = v128.load32_splat(a1);
          c10 = f32x4.add(c10, f32x4.mul(x1, b0));
          c11 = f32x4.add(c11, f32x4.mul(x1, b1));
          c12 = f32x4.add(c12, f32x4.mul(x1, b2));
          c13 = f32x4.add(c13, f32x4.mul(x1, b3));
          a0 += aInner;
          a1 += aInner;
          bk += bRow;
        }
        middle0 += aMiddle;
        middle1 += aMiddle;
      }
      outer0 += aOuter;
      outer1 += aOuter;
    }

    // A call would spill all accumulators, so only the last panel of an odd width makes one.
    if (columns === PANEL) {
      v128.store(c, c00);
      v128.store(c, c01, 16);
      v128.store(c, c02, 32);
      v128.store(c, c03, 48);
      v128.store(c1, c10);
      v128.store(c1, c11, 16);
      v128.store(c1, c12, 32);
      v128.store(c1, c13, 48);
    } else {
      storeRow(c, columns, c00, c01, c02, c03);
      storeRow(c1, columns, c10, c11, c12, c13);
    }
    a += 2 * aRow;
    from += 2 * fromRow;
    c += 2 * cRow;
  }
}

/** Stores the first `columns` (at least 1) of the 16 numbers. */
function storeRow(to: usize, columns: i32, v0: v128, v1: v128, v2: v128, v3: v128): void {
  storeLanes(to, v0, columns);
  if (columns > 4) storeLanes(to + 16, v1, columns - 4);
  if (columns > 8) storeLanes(to + 32, v2, columns - 8);
  if (columns > 12) storeLanes(to + 48, v3, columns - 12);
}

/**
 * c = from + a * b, where a is m x k (strides aRow and aStep), b is k x n in panels, and row i of panel j of `from` and
 * `c` begins at i * row + j * panel bytes: a panel stride of 64 is a row-major matrix, a row stride of 64 panels, and a
 * row stride of 0 repeats one row (a bias). `from` may be `c`. Up to 15 numbers beyond a row of `from` are read.
 */
export function gemm(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  from: usize,
  fromRow: usize,
  fromPanel: usize,
  c: usize,
  cRow: usize,
  cPanel: usize,
): void {
  const bPanel = <usize>k * PANEL_ROW;
  for (let begin = 0; begin < k; begin += DEPTH) {
    const depth = min(DEPTH, k - begin);
    for (let column = 0; column < n; column += PANEL) {
      const panel = <usize>(column / PANEL);
      multiplyPanel(
        m,
        min(PANEL, n - column),
        1,
        1,
        depth,
        a + <usize>begin * aStep,
        aRow,
        0,
        0,
        aStep,
        b + panel * bPanel + <usize>begin * PANEL_ROW,
        PANEL_ROW,
        from + panel * fromPanel,
        fromRow,
        c + panel * cPanel,
        cRow,
      );
    }
    from = c;
    fromRow = cRow;
    fromPanel = cPanel;
  }
}

/** Copies a row-major m x n matrix, whose rows are `row` bytes apart, into panels. */
export function packPanels(m: i32, n: i32, from: usize, row: usize, to: usize): void {
  for (let column = 0; column < n; column += PANEL) {
    const columns = <usize>min(PANEL, n - column) * F32;
    let source = from + <usize>column * F32;
    for (let i = 0; i < m; i++, source += row, to += PANEL_ROW) {
      memory.copy(to, source, columns);
      memory.fill(to + columns, 0, PANEL_ROW - columns);
    }
  }
}

/** Adds the sums of the columns of a row-major m x n matrix, whose rows are `row` bytes apart, to `to`. */
export function addColumnSums(m: i32, n: i32, from: usize, row: usize, to: usize): void {
  for (let column = 0; column < n; column += PANEL, from += PANEL_ROW, to += PANEL_ROW) {
    let sum0 = v128.load(to);
    let sum1 = v128.load(to, 16);
    let sum2 = v128.load(to, 32);
    let sum3 = v128.load(to, 48);
    let source = from;
    for (let i = 0; i < m; i++, source += row) {
      sum0 = f32x4.add(sum0, v128.load(source));
      sum1 = f32x4.add(sum1, v128.load(source, 16));
      sum2 = f32x4.add(sum2, v128.load(source, 32));
      sum3 = f32x4.add(sum3, v128.load(source, 48));
    }
    storeRow(to, n - column, sum0, sum1, sum2, sum3);
  }
}

/** Bytes of a k x n matrix in panels. */
export function panelBytes(k: i32, n: i32): usize {
  return <usize>(((n + PANEL - 1) / PANEL) * k) * PANEL_ROW;
}
