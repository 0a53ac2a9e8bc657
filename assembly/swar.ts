// Two int8 values in one integer: low + (high << 23). A product with an int8 value and sums of such products keep both
// results apart as long as the low one stays within [-2^22, 2^22): a lane. The compiler proves that from the weights.

/** How far the high lane lies above the low one. At 24 a packed pair of -128 would overflow an int32. */
@inline
export const laneBits: i32 = 23;

/** What a sum of pairs starts from: an empty pair whose low lane, moved up to [0, 2^23), never borrows from the high one. */
@inline
export const emptyLanes: i64 = 1 << 22;

/** The low lane's sum. */
@inline
export function lowLane(sum: i64): i32 {
  return (<i32>sum & 0x7fffff) - (1 << 22);
}

/** The low lane's sum, 2^22 too large: where a bias is less that for each sum there is, taking it away costs nothing. */
@inline
export function raisedLane(sum: i64): i32 {
  return <i32>sum & 0x7fffff;
}

/** The high lane's sum. */
@inline
export function highLane(sum: i64): i32 {
  return <i32>(sum >> laneBits);
}
