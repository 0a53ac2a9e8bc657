/** Bytes of one f32. */
export const F32: usize = 4;

/** Stores the first `count` (1 to 4) lanes of `value`, so that what follows them in memory keeps its value. */
@inline
export function storeLanes(to: usize, value: v128, count: i32): void {
  if (count >= 4) {
    v128.store(to, value);
    return;
  }
  v128.store32_lane(to, value, 0);
  if (count > 1) v128.store32_lane(to, value, 1, 4);
  if (count > 2) v128.store32_lane(to, value, 2, 8);
}

/** Adds `count` numbers of `from` to those of `to`. */
export function addInto(to: usize, from: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4, to += 16, from += 16) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
  }
  for (; i < count; i++, to += F32, from += F32) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
  }
}
