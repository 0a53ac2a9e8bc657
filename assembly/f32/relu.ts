import { storeLanes } from './support/lanes';

// ReLU and its relatives clamp to [low, high]: ReLU to [0, infinity), ReLU6 to [0, 6]. pmin and pmax are one
// instruction each, min and max are not.

/** y = x clamped to [low, high], NaN where x is; y may be x. */
export function reluForward(x: usize, y: usize, count: i32, low: f32, high: f32): void {
  const lowest = f32x4.splat(low);
  const highest = f32x4.splat(high);
  for (let i = 0; i < count; i += 4, x += 16, y += 16) {
    storeLanes(y, f32x4.pmin(f32x4.pmax(v128.load(x), lowest), highest), count - i);
  }
}

/** dx = dy where the output y is inside (low, high), zero where it was clamped; dx may be dy. */
export function reluBackward(
  y: usize,
  dy: usize,
  dx: usize,
  count: i32,
  low: f32,
  high: f32,
): void {
  const lowest = f32x4.splat(low);
  const highest = f32x4.splat(high);
  for (let i = 0; i < count; i += 4, y += 16, dy += 16, dx += 16) {
    const value = v128.load(y);
    const inside = v128.and(f32x4.gt(value, lowest), f32x4.lt(value, highest));
    storeLanes(dx, v128.and(v128.load(dy), inside), count - i);
  }
}
