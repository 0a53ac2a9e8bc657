// The strips of a depthwise convolution (strip.ts) over an image that goes on beyond its border. A strip
// may reach further than any window does, to places that nothing is shown at: those may hold anything of the image.
import { nearestPlace } from './border';
import { laneBits } from './swar';

/** As `gatherRowPairs`: one channel of two output rows, one in each lane. */
@inline
export function gatherShownRowPairs(
  x: usize,
  y0: i32,
  y1: i32,
  strip: usize,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  left: i32,
  perPhase: i32,
  border: i32,
): void {
  for (let phase = 0; phase < dilationWidth; phase++) {
    for (let i = 0; i < perPhase; i++) {
      const col = nearestPlace(i * dilationWidth + phase - left, width, border);
      for (let u = 0; u < kernelHeight; u++) {
        const rowP = nearestPlace(y0 + u * dilationHeight, height, border);
        const rowQ = nearestPlace(y1 + u * dilationHeight, height, border);
        const p = <i32>load<i8>(x + <usize>((rowP * width + col) * channels));
        const q = <i32>load<i8>(x + <usize>((rowQ * width + col) * channels));
        store<i32>(strip, p + (q << laneBits));
        strip += 4;
      }
    }
  }
}

/** As `gatherChannels`: `count` output channels from `first` on, int16, a vector a tap. */
@inline
export function gatherShownChannels(
  x: usize,
  y0: i32,
  strip: usize,
  first: i32,
  count: i32,
  depthMultiplier: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  dilationHeight: i32,
  dilationWidth: i32,
  left: i32,
  perPhase: i32,
  border: i32,
): void {
  for (let phase = 0; phase < dilationWidth; phase++) {
    for (let i = 0; i < perPhase; i++) {
      const col = nearestPlace(i * dilationWidth + phase - left, width, border);
      for (let u = 0; u < kernelHeight; u++) {
        const row = nearestPlace(y0 + u * dilationHeight, height, border);
        const source = x + <usize>((row * width + col) * channels);
        for (let lane = 0; lane < count; lane++) {
          const value = load<i8>(source + <usize>((first + lane) / depthMultiplier));
          store<i16>(strip + <usize>(2 * lane), value);
        }
        strip += 16;
      }
    }
  }
}
