// A split: what lies side by side in each row goes to an output of its own. A row is all that lies behind the axes before
// the one that is split.
import { copyBytes } from '../copy';

/** Copies `bytes` bytes of every row from `x` on to an output. */
@inline
function take(x: usize, out: usize, bytes: i32, rows: i32, rowBytes: i32): void {
  if (bytes == 0) return;
  for (let row = 0; row < rows; row++) {
    copyBytes(x, out, bytes);
    x += <usize>rowBytes;
    out += <usize>bytes;
  }
}

/** Each output is an address and its bytes a row: 0 where there is no such output. */
export function split(
  x: usize,
  rows: i32,
  rowBytes: i32,
  out0: usize,
  bytes0: i32,
  out1: usize,
  bytes1: i32,
  out2: usize,
  bytes2: i32,
  out3: usize,
  bytes3: i32,
  out4: usize,
  bytes4: i32,
  out5: usize,
  bytes5: i32,
  out6: usize,
  bytes6: i32,
  out7: usize,
  bytes7: i32,
  out8: usize,
  bytes8: i32,
  out9: usize,
  bytes9: i32,
): void {
  take(x, out0, bytes0, rows, rowBytes);
  x += <usize>bytes0;
  take(x, out1, bytes1, rows, rowBytes);
  x += <usize>bytes1;
  take(x, out2, bytes2, rows, rowBytes);
  x += <usize>bytes2;
  take(x, out3, bytes3, rows, rowBytes);
  x += <usize>bytes3;
  take(x, out4, bytes4, rows, rowBytes);
  x += <usize>bytes4;
  take(x, out5, bytes5, rows, rowBytes);
  x += <usize>bytes5;
  take(x, out6, bytes6, rows, rowBytes);
  x += <usize>bytes6;
  take(x, out7, bytes7, rows, rowBytes);
  x += <usize>bytes7;
  take(x, out8, bytes8, rows, rowBytes);
  x += <usize>bytes8;
  take(x, out9, bytes9, rows, rowBytes);
}
