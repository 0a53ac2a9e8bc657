// The sum, or the difference, of two tensors: each value is scaled to a common step, then the result to the output's; see
// elementwise.ts for extents and strides.
import { first16, operand, rescaleAll4, rowOffset, second16, store16 } from '../elementwise';
import { requantize, rescale } from '../fixedpoint';
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
  const product = <i64>(x + y) * <i64>multiplier;
  const rounded = <i32>(product >> 32) + <i32>(<u32>product >> 31);
  // Ties away from zero.
  const half = 1 << (right - 1);
  const value = ((rounded + half + (rounded >> 31)) >> right) + zeroPoint;
  return min(max(value, low), high);
}

/**
 * The same by tables of twice the scaled values, in the order of the byte's unsigned value, so that an operand costs one
 * load and the sum's product with the multiplier is one high word; `right` is in [1, 31]. Twice a sum stays within 2^30,
 * which leaves room in 32 bits for the rounding of the last shift.
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

/** Four values in the common step. */
@inline
function scaled4(values: v128, upper: bool, zero: v128, multiplier: i32, shift: i32): v128 {
  const wide = upper ? i32x4.extend_high_i16x8_s(values) : i32x4.extend_low_i16x8_s(values);
  return rescaleAll4(i32x4.shl(i32x4.sub(wide, zero), headroom), multiplier, shift);
}

/** For hosts: sixteen values at a time, the rest of each row one by one. */
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
    const zerosA = i32x4.splat(zeroA),
      zerosB = i32x4.splat(zeroB);
    const zeros = i32x4.splat(zeroPoint),
      signs = i32x4.splat(sign);
    const rows = n0 * n1 * n2;
    for (let row = 0; row < rows; row++) {
      let p = a + rowOffset(row, n1, n2, a0, a1, a2);
      let q = b + rowOffset(row, n1, n2, b0, b1, b2);
      let i = 0;
      for (; i + 16 <= n3; i += 16) {
        const x = first16(p, a3),
          y = second16(q, b3, constant);
        const xLow = i16x8.extend_low_i8x16_s(x),
          xHigh = i16x8.extend_high_i8x16_s(x);
        const yLow = i16x8.extend_low_i8x16_s(y),
          yHigh = i16x8.extend_high_i8x16_s(y);
        const s0 = i32x4.add(
          scaled4(xLow, false, zerosA, multiplierA, shiftA),
          i32x4.mul(scaled4(yLow, false, zerosB, multiplierB, shiftB), signs),
        );
        const s1 = i32x4.add(
          scaled4(xLow, true, zerosA, multiplierA, shiftA),
          i32x4.mul(scaled4(yLow, true, zerosB, multiplierB, shiftB), signs),
        );
        const s2 = i32x4.add(
          scaled4(xHigh, false, zerosA, multiplierA, shiftA),
          i32x4.mul(scaled4(yHigh, false, zerosB, multiplierB, shiftB), signs),
        );
        const s3 = i32x4.add(
          scaled4(xHigh, true, zerosA, multiplierA, shiftA),
          i32x4.mul(scaled4(yHigh, true, zerosB, multiplierB, shiftB), signs),
        );
        store16(
          out,
          i32x4.add(rescaleAll4(s0, multiplier, shift), zeros),
          i32x4.add(rescaleAll4(s1, multiplier, shift), zeros),
          i32x4.add(rescaleAll4(s2, multiplier, shift), zeros),
          i32x4.add(rescaleAll4(s3, multiplier, shift), zeros),
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
