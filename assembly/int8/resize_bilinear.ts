// Bilinear resizing with 10 bits behind the point. A place left of the first pixel or right of the last one lies between
// a pixel and itself, so that its weights do not matter. Sums fit int32 and their terms may wrap.
import { roundingShiftRight } from '../fixedpoint';
import { storeInt8 } from '../vectors';

@inline
const one: i32 = 1 << 10;

/** Four channels of a pixel as int32. */
@inline
function fourChannels(p: usize): v128 {
  return i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(p)));
}

/** Rounds four numbers to 20 bits less, ties away from zero. */
@inline
function round4(x: v128): v128 {
  return i32x4.shr_s(i32x4.add(i32x4.add(x, i32x4.splat(1 << 19)), i32x4.shr_s(x, 31)), 20);
}

/** Of output row or column i: scale * i + offset is its place in the input. */
export function resizeBilinear(
  x: usize,
  out: usize,
  height: i32,
  width: i32,
  channels: i32,
  outputHeight: i32,
  outputWidth: i32,
  scaleY: i32,
  offsetY: i32,
  scaleX: i32,
  offsetX: i32,
): void {
  for (let y = 0; y < outputHeight; y++) {
    const placeY = y * scaleY + offsetY;
    const y0 = min(max(placeY, 0) >> 10, height - 1);
    const y1 = min((placeY + one - 1) >> 10, height - 1);
    const lower = placeY - y0 * one,
      upper = one - lower;
    for (let column = 0; column < outputWidth; column++) {
      const placeX = column * scaleX + offsetX;
      const x0 = min(max(placeX, 0) >> 10, width - 1);
      const x1 = min((placeX + one - 1) >> 10, width - 1);
      const right = placeX - x0 * one,
        left = one - right;
      const p00 = x + <usize>((y0 * width + x0) * channels);
      const p01 = x + <usize>((y0 * width + x1) * channels);
      const p10 = x + <usize>((y1 * width + x0) * channels);
      const p11 = x + <usize>((y1 * width + x1) * channels);
      const w00 = upper * left,
        w01 = upper * right,
        w10 = lower * left,
        w11 = lower * right;
      let c = 0;
      if (ASC_FEATURE_SIMD) {
        for (; c + 4 <= channels; c += 4) {
          const top = i32x4.add(
            i32x4.mul(fourChannels(p00 + <usize>c), i32x4.splat(w00)),
            i32x4.mul(fourChannels(p01 + <usize>c), i32x4.splat(w01)),
          );
          const bottom = i32x4.add(
            i32x4.mul(fourChannels(p10 + <usize>c), i32x4.splat(w10)),
            i32x4.mul(fourChannels(p11 + <usize>c), i32x4.splat(w11)),
          );
          const rounded = round4(i32x4.add(top, bottom));
          storeInt8(out + <usize>c, rounded, rounded, 4, -128, 127);
        }
      }
      for (; c < channels; c++) {
        const sum =
          <i32>load<i8>(p00 + <usize>c) * w00 +
          <i32>load<i8>(p01 + <usize>c) * w01 +
          <i32>load<i8>(p10 + <usize>c) * w10 +
          <i32>load<i8>(p11 + <usize>c) * w11;
        store<i8>(out + <usize>c, roundingShiftRight(sum, 20));
      }
      out += <usize>channels;
    }
  }
}
