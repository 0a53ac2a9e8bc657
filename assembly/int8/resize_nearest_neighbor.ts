// Resizing by the nearest pixel.
import { copyBytes } from '../copy';
import { weight32 } from '../weights';

/** `offsets` holds an int32 for each output row, then for each output column: where in `x` its pixels lie. */
export function resizeNearestNeighbor(
  x: usize,
  offsets: usize,
  out: usize,
  outputHeight: i32,
  outputWidth: i32,
  channels: i32,
): void {
  const columns = offsets + <usize>(4 * outputHeight);
  for (let y = 0; y < outputHeight; y++) {
    const row = x + <usize>weight32(offsets + <usize>(4 * y), 0);
    for (let column = 0; column < outputWidth; column++) {
      copyBytes(row + <usize>weight32(columns + <usize>(4 * column), 0), out, channels);
      out += <usize>channels;
    }
  }
}
