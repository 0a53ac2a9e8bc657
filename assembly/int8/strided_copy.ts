// Any pick of elements whose places in the input are an affine function of their places in the output: slices and
// transpositions.
import { copyBytes } from '../copy';

/**
 * out[a][b][c][d] = x[start + a * stepA + b * stepB + c * stepC + d * stepD]. Where no step is negative and the output's
 * elements come in the input's order, the output may lie where the input lies.
 */
export function stridedCopy(
  x: usize,
  out: usize,
  start: i32,
  sizeA: i32,
  sizeB: i32,
  sizeC: i32,
  sizeD: i32,
  stepA: i32,
  stepB: i32,
  stepC: i32,
  stepD: i32,
): void {
  for (let a = 0; a < sizeA; a++) {
    for (let b = 0; b < sizeB; b++) {
      for (let c = 0; c < sizeC; c++) {
        let p = x + <usize>(start + a * stepA + b * stepB + c * stepC);
        if (stepD == 1) {
          copyBytes(p, out, sizeD);
        } else {
          for (let d: usize = 0; d < <usize>sizeD; d++) {
            store<u8>(out + d, load<u8>(p));
            p += <usize>stepD;
          }
        }
        out += <usize>sizeD;
      }
    }
  }
}
