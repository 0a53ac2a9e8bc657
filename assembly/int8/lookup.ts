// Any function of one int8, as a table of 256 bytes.
import { weight8 } from '../weights';

/** out[i] = table[x[i] as an unsigned byte]. */
export function lookup(x: usize, table: usize, out: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    store<i8>(out + i, weight8(table + <usize>load<u8>(x + i), 0));
  }
}
