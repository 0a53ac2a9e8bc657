// Requantization: the one definition that every kernel uses. Accumulators are int32, a multiplier is in [0, 2^31), and
// the result is rounded twice, as TFLM and CMSIS-NN do by default.

/** round(a * b / 2^31), ties towards positive infinity; overflows only where both are -2^31. */
@inline
export function doublingHighMul(a: i32, b: i32): i32 {
  return <i32>((<i64>a * <i64>b + (1 << 30)) >> 31);
}

/** round(x / 2^exponent), ties away from zero; exponent in [0, 31]. */
@inline
export function roundingShiftRight(x: i32, exponent: i32): i32 {
  // In 64 bits the rounding term cannot overflow. With exponent 0 both terms vanish.
  const half = ((<i64>1) << exponent) >> 1;
  const sign = <i64>(x >> 31) & (-half >> 63);
  return <i32>((<i64>x + half + sign) >> exponent);
}

/** An accumulator scaled by multiplier * 2^(shift - 31). */
@inline
export function rescale(accumulator: i32, multiplier: i32, shift: i32): i32 {
  const left = max(shift, 0);
  const right = max(-shift, 0);
  return roundingShiftRight(doublingHighMul(accumulator << left, multiplier), right);
}

/** An int8 output from an accumulator: scaled, moved by the zero point, clamped. */
@inline
export function requantize(
  accumulator: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): i32 {
  return min(max(rescale(accumulator, multiplier, shift) + zeroPoint, low), high);
}

/** doublingHighMul lane by lane: the 64-bit products of both halves, and bits 31 to 62 of each. */
@inline
export function doublingHighMul4(a: v128, b: v128): v128 {
  const round = i64x2.splat(1 << 30);
  const low = i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_s(a, b), round), 31);
  const high = i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_s(a, b), round), 31);
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/**
 * Four accumulators, scaled by multiplier * 2^-right with right in [1, 31] and scale = 2^(31 - right).
 * Rounding half away from zero by 2^right is doublingHighMul by 2^(31 - right), once negative values are lowered by one.
 */
@inline
export function rescale4(accumulators: v128, multipliers: v128, scale: v128): v128 {
  const product = doublingHighMul4(accumulators, multipliers);
  return doublingHighMul4(i32x4.add(product, i32x4.shr_s(product, 31)), scale);
}
