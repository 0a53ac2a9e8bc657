// Copies and fills of bytes; the scalar build has no bulk memory instructions. Each piece is read before it is written
// and pieces come in ascending order, so that a copy may go to lower addresses of the same buffer.
import { weight8 } from './weights';

/** Copies `count` bytes. */
@inline
export function copyBytes(from: usize, to: usize, count: i32): void {
  let i = 0;
  if (ASC_FEATURE_SIMD) {
    for (; i + 16 <= count; i += 16)
      v128.store(to + <usize>i, v128.load(from + <usize>i, 0, 1), 0, 1);
  }
  for (; i + 4 <= count; i += 4) store<u32>(to + <usize>i, load<u32>(from + <usize>i, 0, 1), 0, 1);
  for (; i < count; i++) store<u8>(to + <usize>i, load<u8>(from + <usize>i));
}

/** Copies `count` bytes of the weights. */
@inline
export function copyWeights(from: usize, to: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count; i++) store<i8>(to + i, weight8(from + i, 0));
}

/** Writes `count` bytes of one value. */
@inline
export function fillBytes(to: usize, value: i32, count: i32): void {
  for (let i: usize = 0; i < <usize>count; i++) store<i8>(to + i, value);
}
