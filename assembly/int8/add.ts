// The sum, or the difference, of two tensors: each value is scaled to a common step, then the result to the output's; see
// elementwise.ts for extents and strides.
import { first16, operand, rowOffset, second16, store16 } from '../elementwise';
import {
  requantize,
  requantizeShifted,
  rescale,
  rescaleDoubled4,
  shiftAddend,
} from '../fixedpoint';
import { weight32 } from '../weights';

/** How far values are shifted left before they are scaled, for more fractional bits. */
@inline
const headroom: i32 = 20;

/** One value in the common step. */
@inline
function scaled(value: i32, zero: i32, multiplier: i32, shift: i32): i32 {
  return rescale((value - zero) << headroom, multiplier, shift);
}

/** One value at a time; `sign` is 1 for a sum and -1 for a difference. */
export function add(
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
  multiplierA: i32,
  shiftA: i32,
  zeroB: i32,
  multiplierB: i32,
  shiftB: i32,
  sign: i32,
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
      const x = scaled(<i32>load<i8>(p), zeroA, multiplierA, shiftA);
      const y = scaled(operand(q, constant), zeroB, multiplierB, shiftB);
      store<i8>(out, requantize(x + sign * y, multiplier, shift, zeroPoint, low, high));
      out += 1;
      p += <usize>a3;
      q += <usize>b3;
    }
  }
}

/** One output from the tables of `addTables`. */
@inline
function addOne(
  a: i32,
  b: i32,
  tableA: usize,
  tableB: usize,
  multiplier: i32,
  right: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): i32 {
  const x = weight32(tableA + ((<usize>a) << 2), 0);
  const y = weight32(tableB + ((<usize>b) << 2), 0);
  const sum = x + y;
  const addend = shiftAddend(right, zeroPoint, low, high);
  return requantizeShifted(sum, sum >> 31, multiplier, addend, right, low, high);
}

/**
 * The same by tables of twice the scaled values, in the order of the byte's unsigned value, so that an operand costs one
 * load and the sum's product with the multiplier is one high word; `right` is in [1, 21]. Twice a sum stays within 2^30,
 * which leaves room in 32 bits for the zero point before the last shift.
 */
export function addTables(
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
  tableA: usize,
  tableB: usize,
  multiplier: i32,
  right: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const rows = n0 * n1 * n2;
  for (let row = 0; row < rows; row++) {
    let p = a + rowOffset(row, n1, n2, a0, a1, a2);
    let q = b + rowOffset(row, n1, n2, b0, b1, b2);
    const end = out + <usize>n3,
      blocksEnd = out + <usize>(n3 & ~3);
    while (out != blocksEnd) {
      for (let i: usize = 0; i < 4; i++) {
        const x = <i32>load<u8>(p + i * <usize>a3);
        const y = operand(q + i * <usize>b3, constant) & 0xff;
        store<i8>(out + i, addOne(x, y, tableA, tableB, multiplier, right, zeroPoint, low, high));
      }
      out += 4;
      p += 4 * <usize>a3;
      q += 4 * <usize>b3;
    }
    while (out != end) {
      const x = <i32>load<u8>(p);
      const y = operand(q, constant) & 0xff;
      store<i8>(out, addOne(x, y, tableA, tableB, multiplier, right, zeroPoint, low, high));
      out += 1;
      p += <usize>a3;
      q += <usize>b3;
    }
  }
}

/**
 * Four values in the common step. Their product with the multiplier, of which 11 bits go, is put together from products
 * with its halves, `upper` * 2^16 + `lower`; what is left of the shift rounds ties away from zero: `half` of the last step,
 * less one below zero where `odd` has all bits set. The operand of the larger scale is just halved.
 */
@inline
function scaled4(
  values: v128,
  isHigh: bool,
  upper: v128,
  lower: v128,
  half: v128,
  odd: v128,
  right: i32,
  isHalf: bool,
): v128 {
  if (isHalf) {
    const wide = isHigh ? i32x4.extend_high_i16x8_s(values) : i32x4.extend_low_i16x8_s(values);
    return i32x4.shl(wide, headroom - 1);
  }
  const a = isHigh
    ? i32x4.extmul_high_i16x8_s(values, upper)
    : i32x4.extmul_low_i16x8_s(values, upper);
  const b = isHigh
    ? i32x4.extmul_high_i16x8_s(values, lower)
    : i32x4.extmul_low_i16x8_s(values, lower);
  const rounded = i32x4.shr_s(i32x4.add(b, i32x4.splat(1 << 10)), 11);
  const product = i32x4.add(i32x4.shl(a, 5), rounded);
  const sign = v128.and(i32x4.shr_s(product, 31), odd);
  return i32x4.shr_s(i32x4.add(i32x4.add(product, half), sign), right);
}

/**
 * For hosts: sixteen values at a time, the rest of each row one by one. The operands' multipliers end below 2^31 - 2^15,
 * their shifts lie in [-30, 0]; the sum's shift lies in [-22, -1].
 */
export function addVector(
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
  multiplierA: i32,
  shiftA: i32,
  zeroB: i32,
  multiplierB: i32,
  shiftB: i32,
  sign: i32,
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
      zerosB = i16x8.splat(<i16>zeroB);
    const upperA = i16x8.splat(<i16>((multiplierA + 0x8000) >> 16)),
      lowerA = i16x8.splat(<i16>multiplierA);
    const upperB = i16x8.splat(<i16>((multiplierB + 0x8000) >> 16)),
      lowerB = i16x8.splat(<i16>multiplierB);
    const halfA = i32x4.splat((1 << -shiftA) >> 1),
      oddA = i32x4.splat(shiftA < 0 ? -1 : 0);
    const halfB = i32x4.splat((1 << -shiftB) >> 1),
      oddB = i32x4.splat(shiftB < 0 ? -1 : 0);
    const isHalfA = multiplierA == 1 << 30 && shiftA == 0,
      isHalfB = multiplierB == 1 << 30 && shiftB == 0;
    const negative = i32x4.splat(sign >> 31);
    const multipliers = i32x4.splat(multiplier);
    const addends = i32x4.splat(shiftAddend(-shift, zeroPoint, -128, 127));
    const rows = n0 * n1 * n2;
    for (let row = 0; row < rows; row++) {
      let p = a + rowOffset(row, n1, n2, a0, a1, a2);
      let q = b + rowOffset(row, n1, n2, b0, b1, b2);
      let i = 0;
      for (; i + 16 <= n3; i += 16) {
        const x = first16(p, a3),
          y = second16(q, b3, constant);
        const xLow = i16x8.sub(i16x8.extend_low_i8x16_s(x), zerosA),
          xHigh = i16x8.sub(i16x8.extend_high_i8x16_s(x), zerosA);
        const yLow = i16x8.sub(i16x8.extend_low_i8x16_s(y), zerosB),
          yHigh = i16x8.sub(i16x8.extend_high_i8x16_s(y), zerosB);
        const x0 = scaled4(xLow, false, upperA, lowerA, halfA, oddA, -shiftA, isHalfA),
          y0 = scaled4(yLow, false, upperB, lowerB, halfB, oddB, -shiftB, isHalfB);
        const s0 = doubledSum(x0, y0, negative);
        const x1 = scaled4(xLow, true, upperA, lowerA, halfA, oddA, -shiftA, isHalfA),
          y1 = scaled4(yLow, true, upperB, lowerB, halfB, oddB, -shiftB, isHalfB);
        const s1 = doubledSum(x1, y1, negative);
        const x2 = scaled4(xHigh, false, upperA, lowerA, halfA, oddA, -shiftA, isHalfA),
          y2 = scaled4(yHigh, false, upperB, lowerB, halfB, oddB, -shiftB, isHalfB);
        const s2 = doubledSum(x2, y2, negative);
        const x3 = scaled4(xHigh, true, upperA, lowerA, halfA, oddA, -shiftA, isHalfA),
          y3 = scaled4(yHigh, true, upperB, lowerB, halfB, oddB, -shiftB, isHalfB);
        const s3 = doubledSum(x3, y3, negative);
        store16(
          out,
          rescaleDoubled4(s0, multipliers, addends, -shift),
          rescaleDoubled4(s1, multipliers, addends, -shift),
          rescaleDoubled4(s2, multipliers, addends, -shift),
          rescaleDoubled4(s3, multipliers, addends, -shift),
          low,
          high,
        );
        out += 16;
        p += <usize>(16 * a3);
        q += <usize>(16 * b3);
      }
      for (; i < n3; i++) {
        const x = scaled(<i32>load<i8>(p), zeroA, multiplierA, shiftA);
        const y = scaled(operand(q, constant), zeroB, multiplierB, shiftB);
        store<i8>(out, requantize(x + sign * y, multiplier, shift, zeroPoint, low, high));
        out += 1;
        p += <usize>a3;
        q += <usize>b3;
      }
    }
  }
}

/** Twice x + y, or twice x - y where `negative` has all bits set. */
@inline
function doubledSum(x: v128, y: v128, negative: v128): v128 {
  const sum = i32x4.add(x, i32x4.sub(v128.xor(y, negative), negative));
  return i32x4.add(sum, sum);
}
