// Concatenation: the inputs side by side, row by row. A row is all that lies behind the axes before the joined one.
import { copyBytes, copyWeights } from '../copy';

/** Copies the rows of one input, activation or constant, to every `rowBytes`-th byte of the output. */
@inline
function put(x: usize, constant: i32, bytes: i32, out: usize, rows: i32, rowBytes: i32): void {
  if (bytes == 0) return;
  for (let row = 0; row < rows; row++) {
    if (constant) {
      copyWeights(x, out, bytes);
    } else {
      copyBytes(x, out, bytes);
    }
    x += <usize>bytes;
    out += <usize>rowBytes;
  }
}

/** Each input is an address, whether it is a constant, and its bytes a row: 0 where there is no such input. */
export function concat(
  out: usize,
  rows: i32,
  rowBytes: i32,
  x0: usize,
  constant0: i32,
  bytes0: i32,
  x1: usize,
  constant1: i32,
  bytes1: i32,
  x2: usize,
  constant2: i32,
  bytes2: i32,
  x3: usize,
  constant3: i32,
  bytes3: i32,
  x4: usize,
  constant4: i32,
  bytes4: i32,
  x5: usize,
  constant5: i32,
  bytes5: i32,
  x6: usize,
  constant6: i32,
  bytes6: i32,
  x7: usize,
  constant7: i32,
  bytes7: i32,
  x8: usize,
  constant8: i32,
  bytes8: i32,
  x9: usize,
  constant9: i32,
  bytes9: i32,
): void {
  put(x0, constant0, bytes0, out, rows, rowBytes);
  out += <usize>bytes0;
  put(x1, constant1, bytes1, out, rows, rowBytes);
  out += <usize>bytes1;
  put(x2, constant2, bytes2, out, rows, rowBytes);
  out += <usize>bytes2;
  put(x3, constant3, bytes3, out, rows, rowBytes);
  out += <usize>bytes3;
  put(x4, constant4, bytes4, out, rows, rowBytes);
  out += <usize>bytes4;
  put(x5, constant5, bytes5, out, rows, rowBytes);
  out += <usize>bytes5;
  put(x6, constant6, bytes6, out, rows, rowBytes);
  out += <usize>bytes6;
  put(x7, constant7, bytes7, out, rows, rowBytes);
  out += <usize>bytes7;
  put(x8, constant8, bytes8, out, rows, rowBytes);
  out += <usize>bytes8;
  put(x9, constant9, bytes9, out, rows, rowBytes);
}
