// Requantization: the one definition that every kernel uses. Accumulators are int32, a multiplier is in [0, 2^31), and
// the result is rounded twice, as TFLM and CMSIS-NN do by default. Beside the textbook form stand others with fewer
// instructions, each for what the compiler has proved of a layer.

/** round(a * b / 2^31), ties towards positive infinity; overflows only where both are -2^31. */
@inline
export function doublingHighMul(a: i32, b: i32): i32 {
  return <i32>((<i64>a * <i64>b + (1 << 30)) >> 31);
}

/** round(a * b / 2^32), ties towards positive infinity: one instruction of a Cortex-M4, also with something added to it. */
@inline
export function roundedHigh(a: i32, b: i32): i32 {
  return <i32>((<i64>a * <i64>b + 0x80000000) >> 32);
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

/** What an output is less than it should be until `clampRisen`: something where int8 has a lower bound above -128. */
@inline
export function riseOf(low: i32, high: i32): i32 {
  return low <= -128 || high > 127 ? 0 : low + 128;
}

/**
 * A value, raised by `riseOf(low, high)`, clamped to [low, high]. Saturating to int8 before and after it is an instruction
 * each for processors that have one for that; a comparison with the lower bound takes three.
 */
@inline
export function clampRisen(value: i32, low: i32, high: i32): i32 {
  if (low <= -128 || high > 127) return min(max(value, low), high);
  const saturated = min(max(value, -128), 127);
  return min(max(saturated + riseOf(low, high), -128), high);
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

/**
 * The same as `requantize` in fewer instructions, from the doubled accumulator and scale = 2^(32 + shift). The compiler has
 * proved that the accumulator lies within (-2^30, 2^30) and that shift is in [-31, -2]. Both roundings are the upper half of
 * a product, rounded; before the second one a negative value is lowered by one, so that ties go away from zero.
 */
@inline
export function requantizeDoubled(
  doubled: i32,
  multiplier: i32,
  scale: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): i32 {
  const rounded = roundedHigh(doubled, multiplier);
  const risen = zeroPoint - riseOf(low, high) + roundedHigh(rounded + (rounded >> 31), scale);
  return clampRisen(risen, low, high);
}

/** What `requantizeShifted` adds before its shift: half of the last step, to round, and the zero point less the rise. */
@inline
export function shiftAddend(right: i32, zeroPoint: i32, low: i32, high: i32): i32 {
  return (1 << (right - 1)) + ((zeroPoint - riseOf(low, high)) << right);
}

/**
 * The same as `requantize` with a shift at the end in place of the second multiplication, from the doubled accumulator and
 * its sign, 0 or -1, which makes the second rounding one away from zero: where only the first one has made a 0 of a negative
 * accumulator, that changes nothing. `right` is at least 1, and nothing may leave int32 before the shift.
 */
@inline
export function requantizeShifted(
  doubled: i32,
  sign: i32,
  multiplier: i32,
  addend: i32,
  right: i32,
  low: i32,
  high: i32,
): i32 {
  return clampRisen((addend + roundedHigh(doubled, multiplier) + sign) >> right, low, high);
}

/**
 * The int8 output of a channel's sum. The constants are, with `narrow`, the doubled bias, the multiplier and
 * 2^(32 + shift), for `requantizeDoubled`; else bias, multiplier and shift, for `requantize`.
 */
@inline
export function requantizeChannel(
  sum: i32,
  bias: i32,
  multiplier: i32,
  scaling: i32,
  narrow: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): i32 {
  return narrow
    ? requantizeDoubled((sum << 1) + bias, multiplier, scaling, zeroPoint, low, high)
    : requantize(sum + bias, multiplier, scaling, zeroPoint, low, high);
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

/** Four accumulators scaled by one multiplier * 2^(shift - 31), for any shift in [-31, 30]. */
@inline
export function rescaleUniform4(accumulators: v128, multiplier: i32, shift: i32): v128 {
  const multipliers = i32x4.splat(multiplier);
  if (shift >= 0) return doublingHighMul4(i32x4.shl(accumulators, shift), multipliers);
  return rescale4(accumulators, multipliers, i32x4.splat(1 << (31 + shift)));
}

/** Of accumulators doubled ahead of time, what {@link doublingHighMul4} gives of them as they were. */
@inline
function highMulDoubled4(doubled: v128, multipliers: v128): v128 {
  const round = i64x2.splat((<i64>1) << 31);
  const low = i64x2.add(i64x2.extmul_low_i32x4_s(doubled, multipliers), round);
  const high = i64x2.add(i64x2.extmul_high_i32x4_s(doubled, multipliers), round);
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

/**
 * Four accumulators, doubled ahead of time, scaled by multiplier * 2^-right and moved by a zero point, where right lies in
 * [1, 31] and `addends` are 2^(right - 1) + zeroPoint * 2^right, the `shiftAddend` without a rise. Nothing may leave int32
 * on the way.
 */
@inline
export function rescaleDoubled4(doubled: v128, multipliers: v128, addends: v128, right: i32): v128 {
  const product = highMulDoubled4(doubled, multipliers);
  // As in rescale4.
  return i32x4.shr_s(i32x4.add(i32x4.add(product, i32x4.shr_s(product, 31)), addends), right);
}

/**
 * The same where each channel has a right shift of its own: a common last shift stands for all of them, and `factors` are
 * 2^(shift - right).
 */
@inline
export function rescaleAligned4(
  doubled: v128,
  multipliers: v128,
  addends: v128,
  factors: v128,
  shift: i32,
): v128 {
  const product = highMulDoubled4(doubled, multipliers);
  const sum = i32x4.add(i32x4.add(product, i32x4.shr_s(product, 31)), addends);
  return i32x4.shr_s(i32x4.mul(sum, factors), shift);
}
