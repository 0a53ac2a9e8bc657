// Two int8 values in one integer: low + (high << 23). A product with an int8 value and sums of such products keep both
// results apart as long as the low one stays within [-2^22, 2^22): a lane. The compiler proves that from the weights.

/** How far the high lane lies above the low one. At 24 a packed pair of -128 would overflow an int32. */
@inline
export const laneBits: i32 = 23;

/** The low lane's sum. */
@inline
export function lowLane(sum: i64): i32 {
  return ((<i32>sum) << (32 - laneBits)) >> (32 - laneBits);
}

/** The high lane's sum: what is left when the low lane, borrow and all, is taken away. */
@inline
export function highLane(sum: i64): i32 {
  return <i32>((sum - <i64>lowLane(sum)) >> laneBits);
}
