// The product of two tensors; see elementwise.ts for extents and strides.
import { first16, operand, rowOffset, second16, store16 } from '../elementwise';
import { requantize, rescaleDoubled4, shiftAddend } from '../fixedpoint';

/** One value at a time. */
export function mul(
  a: usize,
  b: usize,
  out: usize,
  constant: i32,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  b0: i32,
  b1: i32,
  b2: i32,
  b3: i32,
  zeroA: i32,
  zeroB: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const rows = n0 * n1 * n2;
  for (let row = 0; row < rows; row++) {
    let p = a + rowOffset(row, n1, n2, a0, a1, a2);
    let q = b + rowOffset(row, n1, n2, b0, b1, b2);
    for (let i = 0; i < n3; i++) {
      const product = (<i32>load<i8>(p) - zeroA) * (operand(q, constant) - zeroB);
      store<i8>(out, requantize(product, multiplier, shift, zeroPoint, low, high));
      out += 1;
      p += <usize>a3;
      q += <usize>b3;
    }
  }
}

/** Four outputs of four products each of two int16 factors. */
@inline
function requantizeProducts(
  x: v128,
  y: v128,
  upper: bool,
  multipliers: v128,
  addends: v128,
  right: i32,
): v128 {
  const products = upper ? i32x4.extmul_high_i16x8_s(x, y) : i32x4.extmul_low_i16x8_s(x, y);
  return rescaleDoubled4(i32x4.add(products, products), multipliers, addends, right);
}

/** For hosts: sixteen values at a time, the rest of each row one by one. The shift lies in [-23, -1]. */
export function mulVector(
  a: usize,
  b: usize,
  out: usize,
  constant: i32,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  b0: i32,
  b1: i32,
  b2: i32,
  b3: i32,
  zeroA: i32,
  zeroB: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const zerosA = i16x8.splat(<i16>zeroA),
      zerosB = i16x8.splat(<i16>zeroB),
      multipliers = i32x4.splat(multiplier),
      addends = i32x4.splat(shiftAddend(-shift, zeroPoint, -128, 127));
    const rows = n0 * n1 * n2;
    for (let row = 0; row < rows; row++) {
      let p = a + rowOffset(row, n1, n2, a0, a1, a2);
      let q = b + rowOffset(row, n1, n2, b0, b1, b2);
      let i = 0;
      for (; i + 16 <= n3; i += 16) {
        const x = first16(p, a3),
          y = second16(q, b3, constant);
        const xLow = i16x8.sub(i16x8.extend_low_i8x16_s(x), zerosA);
        const yLow = i16x8.sub(i16x8.extend_low_i8x16_s(y), zerosB);
        const xHigh = i16x8.sub(i16x8.extend_high_i8x16_s(x), zerosA);
        const yHigh = i16x8.sub(i16x8.extend_high_i8x16_s(y), zerosB);
        store16(
          out,
          requantizeProducts(xLow, yLow, false, multipliers, addends, -shift),
          requantizeProducts(xLow, yLow, true, multipliers, addends, -shift),
          requantizeProducts(xHigh, yHigh, false, multipliers, addends, -shift),
          requantizeProducts(xHigh, yHigh, true, multipliers, addends, -shift),
          low,
          high,
        );
        out += 16;
        p += <usize>(16 * a3);
        q += <usize>(16 * b3);
      }
      for (; i < n3; i++) {
        const product = (<i32>load<i8>(p) - zeroA) * (operand(q, constant) - zeroB);
        store<i8>(out, requantize(product, multiplier, shift, zeroPoint, low, high));
        out += 1;
        p += <usize>a3;
        q += <usize>b3;
      }
    }
  }
}
