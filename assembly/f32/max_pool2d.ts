import { F32, storeLanes } from './support/lanes';

/**
 * y[oy][ox][c] = the largest x in the window; positions outside the image do not count. `winners` keeps, for each
 * output, the byte offset of the pixel that won (the first of equals), for the backward pass. One image, NHWC.
 */
export function maxPool2dForward(
  x: usize,
  y: usize,
  winners: usize,
  height: i32,
  width: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
): void {
  const pixel = <usize>channels * F32;
  for (let oy = 0; oy < outHeight; oy++) {
    const beginRow = max(0, oy * strideHeight - top);
    const endRow = min(height, oy * strideHeight - top + kernelHeight);
    for (let ox = 0; ox < outWidth; ox++) {
      const beginColumn = max(0, ox * strideWidth - left);
      const endColumn = min(width, ox * strideWidth - left + kernelWidth);
      let isFirst = true;
      for (let row = beginRow; row < endRow; row++) {
        for (let column = beginColumn; column < endColumn; column++) {
          const offset = (row * width + column) * <i32>pixel;
          if (isFirst) takeFirst(x + <usize>offset, y, winners, channels, offset);
          else takeLarger(x + <usize>offset, y, winners, channels, offset);
          isFirst = false;
        }
      }
      y += pixel;
      winners += pixel;
    }
  }
}

/** Lets a pixel win everywhere. */
function takeFirst(x: usize, y: usize, winners: usize, channels: i32, offset: i32): void {
  for (let i = 0; i < channels; i += 4, x += 16, y += 16, winners += 16) {
    storeLanes(y, v128.load(x), channels - i);
    storeLanes(winners, i32x4.splat(offset), channels - i);
  }
}

/** Lets a pixel win where it is larger. */
function takeLarger(x: usize, y: usize, winners: usize, channels: i32, offset: i32): void {
  const here = i32x4.splat(offset);
  for (let i = 0; i < channels; i += 4, x += 16, y += 16, winners += 16) {
    const value = v128.load(x);
    const largest = v128.load(y);
    // The offsets of a window grow, so the later winner is the larger number.
    const winner = i32x4.max_s(v128.load(winners), v128.and(f32x4.gt(value, largest), here));
    storeLanes(y, f32x4.pmax(largest, value), channels - i);
    storeLanes(winners, winner, channels - i);
  }
}

/** dx = the gradient of each output at the pixel that won, zero elsewhere. */
export function maxPool2dBackward(
  dy: usize,
  winners: usize,
  dx: usize,
  pixels: i32,
  outPixels: i32,
  channels: i32,
): void {
  memory.fill(dx, 0, <usize>(pixels * channels) * F32);
  for (let i = 0; i < outPixels; i++) {
    for (let channel = 0; channel < channels; channel++) {
      const to = dx + <usize>load<i32>(winners) + <usize>channel * F32;
      store<f32>(to, load<f32>(to) + load<f32>(dy));
      dy += F32;
      winners += F32;
    }
  }
}
