// float32 to int8: the quotient by the scale, rounded half away from zero, plus the zero point, saturated. A NaN becomes the
// zero point. `scale` is the bits of a float32. Division and addition of floats give the same bits on every engine.

/** The greatest float32 below a half: with the sign of a value, it takes halves to the next integer and nothing else. */
const belowHalf: f32 = 0.49999997;

/** From here on any zero point saturates; a conversion to i32 would trap far beyond it. */
const beyond: f32 = 512;

@inline
function quantizeValue(quotient: f32, zeroPoint: i32): i32 {
  if (abs(quotient) < beyond) {
    const rounded = <i32>(quotient + copysign(belowHalf, quotient));
    return min(max(rounded + zeroPoint, -128), 127);
  }
  return quotient > 0 ? 127 : quotient < 0 ? -128 : zeroPoint;
}

/** May work in place: a byte is stored after the four that it comes from are read. */
export function quantize(x: usize, out: usize, count: i32, scale: i32, zeroPoint: i32): void {
  const divisor = reinterpret<f32>(scale);
  for (let i = 0; i < count; i++) {
    store<i8>(out + <usize>i, quantizeValue(load<f32>(x + <usize>(4 * i)) / divisor, zeroPoint));
  }
}

/** Four int32; NaN becomes 0, and what int32 does not hold its end. */
@inline
function roundQuotients(x: usize, divisor: v128): v128 {
  const quotients = f32x4.div(v128.load(x), divisor);
  const signs = v128.and(quotients, i32x4.splat(i32.MIN_VALUE));
  const halves = v128.or(signs, f32x4.splat(belowHalf));
  return i32x4.trunc_sat_f32x4_s(f32x4.add(quotients, halves));
}

/** Eight int16 plus the zero point, saturated at each step, so that an int8 end stays one. */
@inline
function roundQuotients8(x: usize, divisor: v128, zeroPoint: i32): v128 {
  const rounded = i16x8.narrow_i32x4_s(roundQuotients(x, divisor), roundQuotients(x + 16, divisor));
  return i16x8.add_sat_s(rounded, i16x8.splat(<i16>zeroPoint));
}

/** For hosts: sixteen values at a time, the rest one by one. */
export function quantizeVector(x: usize, out: usize, count: i32, scale: i32, zeroPoint: i32): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const divisor = reinterpret<f32>(scale);
    const divisors = f32x4.splat(divisor);
    let i = 0;
    for (; i + 16 <= count; i += 16) {
      const low = roundQuotients8(x + <usize>(4 * i), divisors, zeroPoint),
        high = roundQuotients8(x + <usize>(4 * i + 32), divisors, zeroPoint);
      v128.store(out + <usize>i, i8x16.narrow_i16x8_s(low, high));
    }
    for (; i < count; i++) {
      store<i8>(out + <usize>i, quantizeValue(load<f32>(x + <usize>(4 * i)) / divisor, zeroPoint));
    }
  }
}
