import { F32 } from './support/lanes';

/** Copies a height x width x channels image into the middle of a larger one of zeros. */
export function padImage(
  x: usize,
  y: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
): void {
  const pixel = <usize>channels * F32;
  const line = <usize>width * pixel;
  const paddedLine = <usize>(left + width + right) * pixel;
  memory.fill(y, 0, <usize>(top + height + bottom) * paddedLine);
  y += <usize>top * paddedLine + <usize>left * pixel;
  for (let i = 0; i < height; i++) {
    memory.copy(y, x, line);
    x += line;
    y += paddedLine;
  }
}

/** Copies the height x width x channels image out of the middle of a padded one. */
export function cropImage(
  y: usize,
  x: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  right: i32,
): void {
  const pixel = <usize>channels * F32;
  const line = <usize>width * pixel;
  const paddedLine = <usize>(left + width + right) * pixel;
  y += <usize>top * paddedLine + <usize>left * pixel;
  for (let i = 0; i < height; i++) {
    memory.copy(x, y, line);
    x += line;
    y += paddedLine;
  }
}
