// int8 to float32: the difference from the zero point times the scale, rounded once. `scale` is the bits of a float32.
// Values go from the last to the first, so that the output may begin where the input does.

@inline
function dequantizeValue(x: usize, out: usize, i: i32, factor: f32, zeroPoint: i32): void {
  const difference = <i32>load<i8>(x + <usize>i) - zeroPoint;
  store<f32>(out + <usize>(4 * i), factor * <f32>difference);
}

export function dequantize(x: usize, out: usize, count: i32, scale: i32, zeroPoint: i32): void {
  const factor = reinterpret<f32>(scale);
  for (let i = count - 1; i >= 0; i--) dequantizeValue(x, out, i, factor, zeroPoint);
}

@inline
function storeScaled(out: usize, differences: v128, factors: v128): void {
  v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(differences), factors));
}

@inline
function storeScaled8(out: usize, differences: v128, factors: v128): void {
  storeScaled(out, i32x4.extend_low_i16x8_s(differences), factors);
  storeScaled(out + 16, i32x4.extend_high_i16x8_s(differences), factors);
}

/** For hosts: what sixteen does not divide one by one, then sixteen values at a time. */
export function dequantizeVector(
  x: usize,
  out: usize,
  count: i32,
  scale: i32,
  zeroPoint: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const factor = reinterpret<f32>(scale);
    const factors = f32x4.splat(factor),
      zeroPoints = i16x8.splat(<i16>zeroPoint);
    let i = count;
    while (i & 15) {
      i--;
      dequantizeValue(x, out, i, factor, zeroPoint);
    }
    while (i > 0) {
      i -= 16;
      const values = v128.load(x + <usize>i);
      const place = out + <usize>(4 * i);
      storeScaled8(place, i16x8.sub(i16x8.extend_low_i8x16_s(values), zeroPoints), factors);
      storeScaled8(place + 32, i16x8.sub(i16x8.extend_high_i8x16_s(values), zeroPoints), factors);
    }
  }
}
