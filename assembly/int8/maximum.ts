// The greater, or the lesser, of two values; see elementwise.ts for extents and strides.
import { first16, operand, rowOffset, second16 } from '../elementwise';

/** One value at a time: the lesser where `least` is set. */
export function maximum(
  a: usize,
  b: usize,
  out: usize,
  constant: i32,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  b0: i32,
  b1: i32,
  b2: i32,
  b3: i32,
  least: i32,
): void {
  const rows = n0 * n1 * n2;
  for (let row = 0; row < rows; row++) {
    let p = a + rowOffset(row, n1, n2, a0, a1, a2);
    let q = b + rowOffset(row, n1, n2, b0, b1, b2);
    for (let i = 0; i < n3; i++) {
      const x = <i32>load<i8>(p),
        y = operand(q, constant);
      store<i8>(out, least ? min(x, y) : max(x, y));
      out += 1;
      p += <usize>a3;
      q += <usize>b3;
    }
  }
}

/** For hosts: sixteen values at a time, the rest of each row one by one. */
export function maximumVector(
  a: usize,
  b: usize,
  out: usize,
  constant: i32,
  n0: i32,
  n1: i32,
  n2: i32,
  n3: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  b0: i32,
  b1: i32,
  b2: i32,
  b3: i32,
  least: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const rows = n0 * n1 * n2;
    for (let row = 0; row < rows; row++) {
      let p = a + rowOffset(row, n1, n2, a0, a1, a2);
      let q = b + rowOffset(row, n1, n2, b0, b1, b2);
      let i = 0;
      for (; i + 16 <= n3; i += 16) {
        const x = first16(p, a3),
          y = second16(q, b3, constant);
        v128.store(out, least ? i8x16.min_s(x, y) : i8x16.max_s(x, y));
        out += 16;
        p += <usize>(16 * a3);
        q += <usize>(16 * b3);
      }
      for (; i < n3; i++) {
        const x = <i32>load<i8>(p),
          y = operand(q, constant);
        store<i8>(out, least ? min(x, y) : max(x, y));
        out += 1;
        p += <usize>a3;
        q += <usize>b3;
      }
    }
  }
}
