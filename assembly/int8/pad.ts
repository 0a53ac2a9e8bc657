// Padding of up to four axes. The last axis counts bytes where the pad is constant; any other one copies blocks.
import { shownPlace } from '../border';
import { copyBytes, fillBytes } from '../copy';

/** Pads by one value. For each axis the input's size, the pad before it and the output's size. */
export function padConstant(
  x: usize,
  out: usize,
  sizeA: i32,
  sizeB: i32,
  sizeC: i32,
  sizeD: i32,
  beforeA: i32,
  beforeB: i32,
  beforeC: i32,
  beforeD: i32,
  outputA: i32,
  outputB: i32,
  outputC: i32,
  outputD: i32,
  value: i32,
): void {
  for (let a = -beforeA; a < outputA - beforeA; a++) {
    for (let b = -beforeB; b < outputB - beforeB; b++) {
      const inside = <u32>a < <u32>sizeA && <u32>b < <u32>sizeB;
      for (let c = -beforeC; c < outputC - beforeC; c++) {
        if (inside && <u32>c < <u32>sizeC) {
          fillBytes(out, value, beforeD);
          copyBytes(x, out + <usize>beforeD, sizeD);
          fillBytes(out + <usize>(beforeD + sizeD), value, outputD - beforeD - sizeD);
          x += <usize>sizeD;
        } else {
          fillBytes(out, value, outputD);
        }
        out += <usize>outputD;
      }
    }
  }
}

/** Pads by blocks of `block` bytes of the input itself. */
export function padBorder(
  x: usize,
  out: usize,
  sizeA: i32,
  sizeB: i32,
  sizeC: i32,
  sizeD: i32,
  beforeA: i32,
  beforeB: i32,
  beforeC: i32,
  beforeD: i32,
  outputA: i32,
  outputB: i32,
  outputC: i32,
  outputD: i32,
  block: i32,
  border: i32,
): void {
  for (let a = 0; a < outputA; a++) {
    const rowA = shownPlace(a - beforeA, sizeA, border) * sizeB;
    for (let b = 0; b < outputB; b++) {
      const rowB = (rowA + shownPlace(b - beforeB, sizeB, border)) * sizeC;
      for (let c = 0; c < outputC; c++) {
        const rowC = (rowB + shownPlace(c - beforeC, sizeC, border)) * sizeD;
        for (let d = 0; d < outputD; d++) {
          copyBytes(
            x + <usize>((rowC + shownPlace(d - beforeD, sizeD, border)) * block),
            out,
            block,
          );
          out += <usize>block;
        }
      }
    }
  }
}
