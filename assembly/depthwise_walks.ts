// The walks of depthwise_columns.ts over the columns of two output rows. A column is read and packed once, and goes to all
// sums whose windows it is in. The window's weights are w0 to w8, column by column.
import { multiply, pack, storePair } from './row_pairs';

/** Two output rows with stride 1. Rows start at `p`, `q`, `q + row` and `s`. */
@inline
export function walkByOne(
  p: usize,
  q: usize,
  s: usize,
  out: usize,
  row: usize,
  pixel: usize,
  outputWidth: i32,
  left: i32,
  right: i32,
  start: i64,
  leftStart: i64,
  rightSum: i64,
  w0: i32,
  w1: i32,
  w2: i32,
  w3: i32,
  w4: i32,
  w5: i32,
  w6: i32,
  w7: i32,
  w8: i32,
  multiplier: i32,
  addend: i32,
  shift: i32,
  low: i32,
  high: i32,
): void {
  const nextRow = <usize>outputWidth * pixel;
  let a = leftStart,
    b = start,
    p1: i32,
    p2: i32,
    v0: i32,
    v1: i32,
    v2: i32;
  if (!left) {
    p1 = load<i8>(q);
    p2 = load<i8>(q + row);
    v0 = pack(load<i8>(p), p1);
    v1 = pack(p1, p2);
    v2 = pack(p2, load<i8>(s));
    a = multiply(start, v0, v1, v2, w0, w1, w2);
    p += pixel;
    q += pixel;
    s += pixel;
  }
  p1 = load<i8>(q);
  p2 = load<i8>(q + row);
  v0 = pack(load<i8>(p), p1);
  v1 = pack(p1, p2);
  v2 = pack(p2, load<i8>(s));
  a = multiply(a, v0, v1, v2, w3, w4, w5);
  b = multiply(b, v0, v1, v2, w0, w1, w2);
  p += pixel;
  q += pixel;
  s += pixel;
  // Three columns a turn: after them each sum is in its place again.
  for (let i = outputWidth - 2; i >= 3; i -= 3) {
    for (let k: usize = 0; k < 3; k++) {
      p1 = load<i8>(q + k * pixel);
      p2 = load<i8>(q + row + k * pixel);
      v0 = pack(load<i8>(p + k * pixel), p1);
      v1 = pack(p1, p2);
      v2 = pack(p2, load<i8>(s + k * pixel));
      a = multiply(a, v0, v1, v2, w6, w7, w8);
      storePair(out + k * pixel, nextRow, a, multiplier, addend, shift, low, high);
      a = multiply(b, v0, v1, v2, w3, w4, w5);
      b = multiply(start, v0, v1, v2, w0, w1, w2);
    }
    p += 3 * pixel;
    q += 3 * pixel;
    s += 3 * pixel;
    out += 3 * pixel;
  }
  for (let i = (outputWidth - 2) % 3; i > 0; i--) {
    p1 = load<i8>(q);
    p2 = load<i8>(q + row);
    v0 = pack(load<i8>(p), p1);
    v1 = pack(p1, p2);
    v2 = pack(p2, load<i8>(s));
    a = multiply(a, v0, v1, v2, w6, w7, w8);
    storePair(out, nextRow, a, multiplier, addend, shift, low, high);
    a = multiply(b, v0, v1, v2, w3, w4, w5);
    b = multiply(start, v0, v1, v2, w0, w1, w2);
    p += pixel;
    q += pixel;
    s += pixel;
    out += pixel;
  }
  p1 = load<i8>(q);
  p2 = load<i8>(q + row);
  v0 = pack(load<i8>(p), p1);
  v1 = pack(p1, p2);
  v2 = pack(p2, load<i8>(s));
  a = multiply(a, v0, v1, v2, w6, w7, w8);
  storePair(out, nextRow, a, multiplier, addend, shift, low, high);
  b = multiply(b, v0, v1, v2, w3, w4, w5);
  if (right) {
    b += rightSum;
  } else {
    p1 = load<i8>(q + pixel);
    p2 = load<i8>(q + row + pixel);
    v0 = pack(load<i8>(p + pixel), p1);
    v1 = pack(p1, p2);
    v2 = pack(p2, load<i8>(s + pixel));
    b = multiply(b, v0, v1, v2, w6, w7, w8);
  }
  storePair(out + pixel, nextRow, b, multiplier, addend, shift, low, high);
}

/** Two output rows with stride 2. Rows start at `p`, `q`, `q + row`, `q + 2 * row` and `s`. */
@inline
export function walkByTwo(
  p: usize,
  q: usize,
  s: usize,
  out: usize,
  row: usize,
  pixel: usize,
  outputWidth: i32,
  left: i32,
  right: i32,
  start: i64,
  leftStart: i64,
  rightSum: i64,
  w0: i32,
  w1: i32,
  w2: i32,
  w3: i32,
  w4: i32,
  w5: i32,
  w6: i32,
  w7: i32,
  w8: i32,
  multiplier: i32,
  addend: i32,
  shift: i32,
  low: i32,
  high: i32,
): void {
  const nextRow = <usize>outputWidth * pixel;
  let a = leftStart,
    v0: i32,
    v1: i32,
    v2: i32;
  if (!left) {
    v2 = load<i8>(q + row);
    v0 = pack(load<i8>(p), v2);
    v1 = pack(load<i8>(q), load<i8>(q + 2 * row));
    v2 = pack(v2, load<i8>(s));
    a = multiply(start, v0, v1, v2, w0, w1, w2);
    p += pixel;
    q += pixel;
    s += pixel;
  }
  for (let i = outputWidth - 1; i > 0; i--) {
    v2 = load<i8>(q + row);
    v0 = pack(load<i8>(p), v2);
    v1 = pack(load<i8>(q), load<i8>(q + 2 * row));
    v2 = pack(v2, load<i8>(s));
    a = multiply(a, v0, v1, v2, w3, w4, w5);
    v2 = load<i8>(q + row + pixel);
    v0 = pack(load<i8>(p + pixel), v2);
    v1 = pack(load<i8>(q + pixel), load<i8>(q + 2 * row + pixel));
    v2 = pack(v2, load<i8>(s + pixel));
    a = multiply(a, v0, v1, v2, w6, w7, w8);
    storePair(out, nextRow, a, multiplier, addend, shift, low, high);
    a = multiply(start, v0, v1, v2, w0, w1, w2);
    p += 2 * pixel;
    q += 2 * pixel;
    s += 2 * pixel;
    out += pixel;
  }
  v2 = load<i8>(q + row);
  v0 = pack(load<i8>(p), v2);
  v1 = pack(load<i8>(q), load<i8>(q + 2 * row));
  v2 = pack(v2, load<i8>(s));
  a = multiply(a, v0, v1, v2, w3, w4, w5);
  if (right) {
    a += rightSum;
  } else {
    v2 = load<i8>(q + row + pixel);
    v0 = pack(load<i8>(p + pixel), v2);
    v1 = pack(load<i8>(q + pixel), load<i8>(q + 2 * row + pixel));
    v2 = pack(v2, load<i8>(s + pixel));
    a = multiply(a, v0, v1, v2, w6, w7, w8);
  }
  storePair(out, nextRow, a, multiplier, addend, shift, low, high);
}
