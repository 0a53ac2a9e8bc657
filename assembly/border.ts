// What lies around an image or along an axis: one value, or places of the axis itself again. The numbers are those of
// `borderCodes` in src/ops/support/border.ts.

/** One value all around. */
@inline
export const constant: i32 = 0;
/** The mirror image without the border itself. */
@inline
export const reflect: i32 = 1;
/** The mirror image. */
@inline
export const symmetric: i32 = 2;
/** The border again and again. */
@inline
export const edge: i32 = 3;
/** What lies at the other end. */
@inline
export const wrap: i32 = 4;

/** The place of an axis of `size` places that place i, inside or outside of it, shows; the border is not constant. */
@inline
export function shownPlace(i: i32, size: i32, border: i32): i32 {
  if (<u32>i < <u32>size) return i;
  if (border == edge) return i < 0 ? 0 : size - 1;
  if (border == wrap) return i < 0 ? i + size : i - size;
  const skipped = border == reflect ? 1 : 0;
  return i < 0 ? skipped - 1 - i : 2 * size - 1 - skipped - i;
}

/** The same for places beyond all that is shown, too: for these any place of the axis. */
@inline
export function nearestPlace(i: i32, size: i32, border: i32): i32 {
  return min(max(shownPlace(i, size, border), 0), size - 1);
}
