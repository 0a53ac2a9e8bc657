// Logistic and hyperbolic tangent of int16, Q3.12 to Q0.15, by interpolation in a table of the logistic function at 0,
// 1/24, 2/24 .. 254/24 in Q0.16: an int32 an entry, the value and above its 16 bits the distance to the next one.
import { weight32 } from './weights';

/** Where the table ends. */
@inline
const entries: i32 = 255;

/** The table at magnitude / 2^bits, with so many bits more than Q0.16. */
@inline
function interpolate(table: usize, magnitude: i32, bits: i32): i32 {
  const entry = weight32(table + <usize>(4 * (magnitude >> bits)), 0);
  return ((entry & 0xffff) << bits) + (magnitude & ((1 << bits) - 1)) * (entry >>> 16);
}

/** 1 / (1 + exp(-x)). */
@inline
export function logistic16(table: usize, x: i32): i32 {
  const magnitude = abs(3 * x);
  const value = magnitude >> 9 >= entries ? 0x7fff << 10 : interpolate(table, magnitude, 9);
  return (x >= 0 ? value + (1 << 9) : (1 << 25) - value + (1 << 9) - 1) >> 10;
}

/** tanh(x * 2^shift) = 2 / (1 + exp(-2 * x * 2^shift)) - 1, for a shift of -31 to 12. */
@inline
export function tanh16(table: usize, x: i32, shift: i32): i32 {
  const right = max(-shift, 0);
  const scaled = (3 * x * (1 << max(shift, 0)) + ((1 << right) >> 1)) >> right;
  const magnitude = abs(scaled);
  const value = magnitude >> 8 >= entries ? 0xffff << 8 : interpolate(table, magnitude, 8);
  return (scaled >= 0 ? value - (1 << 23) + (1 << 7) : (1 << 23) - value + (1 << 7) - 1) >> 8;
}
