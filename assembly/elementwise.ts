// What kernels over two int8 tensors share. Either tensor may be repeated along some axes: the compiler brings each such
// pair to four extents n0 to n3 and four strides a tensor, where the innermost stride is 1, or 0 for a tensor of which
// one value serves the whole row.
import { weight8, weight128 } from './weights';

/** Where a tensor's values for output row number `row` start, of extents n1 and n2 and strides s0 to s2. */
@inline
export function rowOffset(row: i32, n1: i32, n2: i32, s0: i32, s1: i32, s2: i32): usize {
  const plane = row / n2;
  return <usize>((plane / n1) * s0 + (plane % n1) * s1 + (row % n2) * s2);
}

/** One value of the second tensor, which may be a constant. */
@inline
export function operand(p: usize, constant: i32): i32 {
  return constant ? weight8(p, 0) : <i32>load<i8>(p);
}

/** Sixteen values of the first tensor, or one of them sixteen times. */
@inline
export function first16(p: usize, stride: i32): v128 {
  return stride ? v128.load(p) : i8x16.splat(load<i8>(p));
}

/** Sixteen values of the second tensor, or one of them sixteen times. */
@inline
export function second16(p: usize, stride: i32, constant: i32): v128 {
  if (stride == 0) return i8x16.splat(<i8>operand(p, constant));
  return constant ? weight128(p, 0) : v128.load(p);
}

/** Stores sixteen int32, saturated to int8 and clamped to [low, high]. */
@inline
export function store16(out: usize, a: v128, b: v128, c: v128, d: v128, low: i32, high: i32): void {
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
  v128.store(out, i8x16.max_s(i8x16.min_s(bytes, i8x16.splat(<i8>high)), i8x16.splat(<i8>low)));
}
