// Products of matrices, out = a x b, for every batch. The columns of b are packed into scratch a few at a time, their
// zero point taken off; that of a is taken off the sums. Steps say how far apart elements lie, so that either matrix may
// be stored transposed and a batch may use the same matrix as another.
import { requantize, rescaleUniform4 } from '../fixedpoint';
import { emptyLanes, highLane, laneBits, lowLane } from '../swar';
import { storeInt8 } from '../vectors';
import { weight8 } from '../weights';

/** Products of int8 with 9 bits that a lane can take: 128 * 128 * 255 is below 2^22. */
@inline
const flushInterval: i32 = 128;

/** An element of b less its zero point, from the weights or from memory; 0 behind the last column. */
@inline
function element(p: usize, column: i32, columns: i32, constant: i32, zeroPoint: i32): i32 {
  if (column >= columns) return 0;
  return (constant ? weight8(p, 0) : <i32>load<i8>(p)) - zeroPoint;
}

/**
 * Two rows by four columns at a time; scratch holds the four columns, two to an int32, and then four int32: what is to be
 * added to each column's sums.
 */
export function batchMatmul(
  a: usize,
  b: usize,
  out: usize,
  scratch: usize,
  batches0: i32,
  batches1: i32,
  rows: i32,
  depth: i32,
  columns: i32,
  aBatch0: i32,
  aBatch1: i32,
  aRow: i32,
  aDepth: i32,
  bBatch0: i32,
  bBatch1: i32,
  bDepth: i32,
  bColumn: i32,
  constant: i32,
  aZeroPoint: i32,
  bZeroPoint: i32,
  outputZeroPoint: i32,
  multiplier: i32,
  shift: i32,
  low: i32,
  high: i32,
): void {
  const sums = scratch + <usize>(8 * depth);
  for (let i = 0; i < batches0; i++) {
    for (let j = 0; j < batches1; j++) {
      const aMatrix = a + <usize>(i * aBatch0 + j * aBatch1);
      const bMatrix = b + <usize>(i * bBatch0 + j * bBatch1);
      for (let c = 0; c < columns; c += 4) {
        let s0 = 0,
          s1 = 0,
          s2 = 0,
          s3 = 0;
        let packed = scratch;
        for (let k = 0; k < depth; k++) {
          const p = bMatrix + <usize>(k * bDepth + c * bColumn);
          const b0 = element(p, c, columns, constant, bZeroPoint);
          const b1 = element(p + <usize>bColumn, c + 1, columns, constant, bZeroPoint);
          const b2 = element(p + <usize>(2 * bColumn), c + 2, columns, constant, bZeroPoint);
          const b3 = element(p + <usize>(3 * bColumn), c + 3, columns, constant, bZeroPoint);
          store<i32>(packed, b0 + (b1 << laneBits));
          store<i32>(packed, b2 + (b3 << laneBits), 4);
          s0 += b0;
          s1 += b1;
          s2 += b2;
          s3 += b3;
          packed += 8;
        }
        store<i32>(sums, -aZeroPoint * s0);
        store<i32>(sums, -aZeroPoint * s1, 4);
        store<i32>(sums, -aZeroPoint * s2, 8);
        store<i32>(sums, -aZeroPoint * s3, 12);
        for (let row = 0; row < rows; row += 2) {
          const other = min(row + 1, rows - 1);
          let p = aMatrix + <usize>(row * aRow),
            q = aMatrix + <usize>(other * aRow);
          let p0 = load<i32>(sums),
            p1 = load<i32>(sums, 4),
            p2 = load<i32>(sums, 8),
            p3 = load<i32>(sums, 12);
          let q0 = p0,
            q1 = p1,
            q2 = p2,
            q3 = p3;
          packed = scratch;
          for (let k = 0; k < depth; ) {
            const end = min(k + flushInterval, depth);
            let p01 = emptyLanes,
              p23 = emptyLanes,
              q01 = emptyLanes,
              q23 = emptyLanes;
            for (; k < end; k++) {
              const v = <i64>load<i8>(p),
                w = <i64>load<i8>(q);
              const b01 = <i64>load<i32>(packed),
                b23 = <i64>load<i32>(packed, 4);
              p01 += v * b01;
              p23 += v * b23;
              q01 += w * b01;
              q23 += w * b23;
              p += <usize>aDepth;
              q += <usize>aDepth;
              packed += 8;
            }
            p0 += lowLane(p01);
            p1 += highLane(p01);
            p2 += lowLane(p23);
            p3 += highLane(p23);
            q0 += lowLane(q01);
            q1 += highLane(q01);
            q2 += lowLane(q23);
            q3 += highLane(q23);
          }
          const outP = out + <usize>(row * columns + c),
            outQ = out + <usize>(other * columns + c);
          for (let n = 0; n < min(columns - c, 4); n++) {
            const sumP = n < 2 ? (n == 0 ? p0 : p1) : n == 2 ? p2 : p3;
            const sumQ = n < 2 ? (n == 0 ? q0 : q1) : n == 2 ? q2 : q3;
            store<i8>(
              outP + <usize>n,
              requantize(sumP, multiplier, shift, outputZeroPoint, low, high),
            );
            store<i8>(
              outQ + <usize>n,
              requantize(sumQ, multiplier, shift, outputZeroPoint, low, high),
            );
          }
        }
      }
      out += <usize>(rows * columns);
    }
  }
}

/** Two neighbours in a row of a, as int16 in every 32-bit lane; the second is missing behind an odd depth. */
@inline
function twoOf(p: usize, step: i32, alone: bool): v128 {
  if (alone) return i16x8.splat(<i16>load<i8>(p));
  if (step == 1) return i16x8.extend_low_i8x16_s(v128.load16_splat(p, 0, 1));
  return i32x4.splat((<i32>load<i8>(p) & 0xffff) | ((<i32>load<i8>(p + <usize>step)) << 16));
}

/** Stores the outputs of one row for up to eight columns. */
@inline
function finish8(
  out: usize,
  first: v128,
  second: v128,
  count: i32,
  outputZeroPoint: i32,
  multiplier: i32,
  shift: i32,
  low: i32,
  high: i32,
): void {
  const zero = i32x4.splat(outputZeroPoint);
  storeInt8(
    out,
    i32x4.add(rescaleUniform4(first, multiplier, shift), zero),
    i32x4.add(rescaleUniform4(second, multiplier, shift), zero),
    count,
    low,
    high,
  );
}

/**
 * For hosts: four rows by eight columns at a time, two elements of a row in each dot product. Scratch holds the eight
 * columns as int16, two elements of each side by side, and then eight int32: what is to be added to each column's sums.
 */
export function batchMatmulVector(
  a: usize,
  b: usize,
  out: usize,
  scratch: usize,
  batches0: i32,
  batches1: i32,
  rows: i32,
  depth: i32,
  columns: i32,
  aBatch0: i32,
  aBatch1: i32,
  aRow: i32,
  aDepth: i32,
  bBatch0: i32,
  bBatch1: i32,
  bDepth: i32,
  bColumn: i32,
  constant: i32,
  aZeroPoint: i32,
  bZeroPoint: i32,
  outputZeroPoint: i32,
  multiplier: i32,
  shift: i32,
  low: i32,
  high: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const sums = scratch + <usize>(16 * (depth + (depth & 1)));
    const last = rows - 1;
    for (let i = 0; i < batches0; i++) {
      for (let j = 0; j < batches1; j++) {
        const aMatrix = a + <usize>(i * aBatch0 + j * aBatch1);
        const bMatrix = b + <usize>(i * bBatch0 + j * bBatch1);
        for (let c = 0; c < columns; c += 8) {
          for (let n = 0; n < 8; n++) {
            let p = bMatrix + <usize>((c + n) * bColumn);
            let packed = scratch + <usize>(4 * n);
            let sum = 0;
            for (let k = 0; k < depth; k += 2) {
              const first = element(p, c + n, columns, constant, bZeroPoint);
              const second =
                k + 1 < depth
                  ? element(p + <usize>bDepth, c + n, columns, constant, bZeroPoint)
                  : 0;
              store<i32>(packed, (first & 0xffff) | (second << 16));
              sum += first + second;
              p += <usize>(2 * bDepth);
              packed += 32;
            }
            store<i32>(sums + <usize>(4 * n), -aZeroPoint * sum);
          }
          for (let row = 0; row < rows; row += 4) {
            const r1 = min(row + 1, last),
              r2 = min(row + 2, last),
              r3 = min(row + 3, last);
            let p0 = aMatrix + <usize>(row * aRow),
              p1 = aMatrix + <usize>(r1 * aRow);
            let p2 = aMatrix + <usize>(r2 * aRow),
              p3 = aMatrix + <usize>(r3 * aRow);
            let s00 = v128.load(sums),
              s01 = v128.load(sums, 16);
            let s10 = s00,
              s11 = s01,
              s20 = s00,
              s21 = s01,
              s30 = s00,
              s31 = s01;
            let packed = scratch;
            for (let k = 0; k < depth; k += 2) {
              const alone = k + 1 == depth;
              const w0 = v128.load(packed),
                w1 = v128.load(packed, 16);
              const v0 = twoOf(p0, aDepth, alone);
              s00 = i32x4.add(s00, i32x4.dot_i16x8_s(v0, w0));
              s01 = i32x4.add(s01, i32x4.dot_i16x8_s(v0, w1));
              const v1 = twoOf(p1, aDepth, alone);
              s10 = i32x4.add(s10, i32x4.dot_i16x8_s(v1, w0));
              s11 = i32x4.add(s11, i32x4.dot_i16x8_s(v1, w1));
              const v2 = twoOf(p2, aDepth, alone);
              s20 = i32x4.add(s20, i32x4.dot_i16x8_s(v2, w0));
              s21 = i32x4.add(s21, i32x4.dot_i16x8_s(v2, w1));
              const v3 = twoOf(p3, aDepth, alone);
              s30 = i32x4.add(s30, i32x4.dot_i16x8_s(v3, w0));
              s31 = i32x4.add(s31, i32x4.dot_i16x8_s(v3, w1));
              p0 += <usize>(2 * aDepth);
              p1 += <usize>(2 * aDepth);
              p2 += <usize>(2 * aDepth);
              p3 += <usize>(2 * aDepth);
              packed += 32;
            }
            const o0 = out + <usize>(row * columns + c),
              o1 = out + <usize>(r1 * columns + c),
              o2 = out + <usize>(r2 * columns + c),
              o3 = out + <usize>(r3 * columns + c);
            const count = columns - c;
            finish8(o0, s00, s01, count, outputZeroPoint, multiplier, shift, low, high);
            finish8(o1, s10, s11, count, outputZeroPoint, multiplier, shift, low, high);
            finish8(o2, s20, s21, count, outputZeroPoint, multiplier, shift, low, high);
            finish8(o3, s30, s31, count, outputZeroPoint, multiplier, shift, low, high);
          }
        }
        out += <usize>(rows * columns);
      }
    }
  }
}
