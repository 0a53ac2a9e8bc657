// Two int4 weights in one byte, both in two's complement, as the accessors of weights.ts give it: extended by its sign.

/** The weight in the low nibble. */
@inline
export function lowNibble(pair: i32): i32 {
  return (pair << 28) >> 28;
}

/** The weight in the high nibble: the byte's sign is its sign. */
@inline
export function highNibble(pair: i32): i32 {
  return pair >> 4;
}

/** The low nibbles of eight bytes, each extended to 16 bits. */
@inline
export function lowNibbles(pairs: v128): v128 {
  return i16x8.shr_s(i16x8.shl(pairs, 12), 12);
}

/** The high nibbles of eight bytes, each extended to 16 bits. */
@inline
export function highNibbles(pairs: v128): v128 {
  return i16x8.shr_s(pairs, 4);
}
