// Four weights of a word as two pairs in one instruction each. A pair is low + (high << 24) with a byte each, the low one
// raised by 128 so that it is never negative: its sums of products are too large by 128 times the sum of what it is
// multiplied by.

const bothEnds: i32 = 0xff0000ff;

/** Bytes 0 and 3 of a word. */
@inline
export function outerPair(word: i32): i32 {
  return word & bothEnds;
}

/** Bytes 2 and 1 of a word. */
@inline
export function innerPair(word: i32): i32 {
  return rotr<i32>(word, 16) & bothEnds;
}

/** The most products that surely fit a low lane: of values down to -128 and raised weights up to 255, within [-2^23, 2^23). */
@inline
export const mostBytePairs: i32 = 256;

/** What a sum of pairs starts from: its low lane, moved up to [0, 2^24), never borrows from the high one. */
@inline
export const emptyBytePairs: i64 = 1 << 23;

/** The low lane's sum, 2^23 too large; the bias is less that. */
@inline
export function raisedByteLane(sum: i64): i32 {
  return <i32>sum & 0xffffff;
}

/** The high lane's sum. */
@inline
export function highByteLane(sum: i64): i32 {
  return <i32>(sum >> 24);
}

/** The sum of `count` int8 values. */
@inline
export function sumOf(x: usize, count: i32): i32 {
  let sum = 0;
  const blocksEnd = x + <usize>(count & ~7),
    end = x + <usize>count;
  while (x != blocksEnd) {
    for (let i: usize = 0; i < 8; i++) sum += load<i8>(x + i);
    x += 8;
  }
  while (x != end) {
    sum += load<i8>(x);
    x += 1;
  }
  return sum;
}
