// A sliding window: in each row what was kept from the inferences before, then what is new; the row's end is kept.
import { copyBytes } from '../copy';

/** `kept` and `added` are bytes a row. */
export function slidingWindow(
  x: usize,
  state: usize,
  out: usize,
  rows: i32,
  kept: i32,
  added: i32,
): void {
  for (let row = 0; row < rows; row++) {
    copyBytes(state, out, kept);
    copyBytes(x, out + <usize>kept, added);
    copyBytes(out + <usize>added, state, kept);
    x += <usize>added;
    state += <usize>kept;
    out += <usize>(kept + added);
  }
}
