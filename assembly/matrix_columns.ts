// The product of a matrix of weights and the columns of a few pixels (columns.ts), rescaled to int8, in the scalar layouts of
// the weights. Each is a function of its own, so that a C compiler gives all registers to the inner loop; it returns the
// address behind the weights.
import { finishTwo } from './finish';
import { emptyLanes, highLane, lowLane, raisedLane } from './swar';
import { weight8, weight32 } from './weights';

/** For speed: all channels of two pixels, whose columns lie side by side. */
export function multiplyChannelPairs(
  columns: usize,
  w: usize,
  outP: usize,
  outQ: usize,
  depth: i32,
  outputs: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
  flushInterval: i32,
  narrow: i32,
): usize {
  const columnsEnd = columns + 8 * <usize>depth;
  for (let c = 0; c < outputs; c += 4) {
    let p0 = 0,
      p1 = 0,
      p2 = 0,
      p3 = 0;
    let q0 = 0,
      q1 = 0,
      q2 = 0,
      q3 = 0;
    let column = columns;
    let end = columns + 8 * <usize>min(flushInterval, depth);
    while (true) {
      let p01 = emptyLanes,
        p23 = emptyLanes,
        q01 = emptyLanes,
        q23 = emptyLanes;
      const blocksEnd = column + ((end - column) & ~127);
      while (column != blocksEnd) {
        for (let i: usize = 0; i < 128; i += 8) {
          const a = <i64>load<i32>(column + i),
            b = <i64>load<i32>(column + i, 4);
          const w01 = <i64>weight32(w + i, 0),
            w23 = <i64>weight32(w + i, 4);
          p01 += a * w01;
          p23 += a * w23;
          q01 += b * w01;
          q23 += b * w23;
        }
        column += 128;
        w += 128;
      }
      if ((end - column) & 64) {
        for (let i: usize = 0; i < 64; i += 8) {
          const a = <i64>load<i32>(column + i),
            b = <i64>load<i32>(column + i, 4);
          const w01 = <i64>weight32(w + i, 0),
            w23 = <i64>weight32(w + i, 4);
          p01 += a * w01;
          p23 += a * w23;
          q01 += b * w01;
          q23 += b * w23;
        }
        column += 64;
        w += 64;
      }
      if ((end - column) & 32) {
        for (let i: usize = 0; i < 32; i += 8) {
          const a = <i64>load<i32>(column + i),
            b = <i64>load<i32>(column + i, 4);
          const w01 = <i64>weight32(w + i, 0),
            w23 = <i64>weight32(w + i, 4);
          p01 += a * w01;
          p23 += a * w23;
          q01 += b * w01;
          q23 += b * w23;
        }
        column += 32;
        w += 32;
      }
      if ((end - column) & 16) {
        for (let i: usize = 0; i < 16; i += 8) {
          const a = <i64>load<i32>(column + i),
            b = <i64>load<i32>(column + i, 4);
          const w01 = <i64>weight32(w + i, 0),
            w23 = <i64>weight32(w + i, 4);
          p01 += a * w01;
          p23 += a * w23;
          q01 += b * w01;
          q23 += b * w23;
        }
        column += 16;
        w += 16;
      }
      if ((end - column) & 8) {
        const a = <i64>load<i32>(column),
          b = <i64>load<i32>(column, 4);
        const w01 = <i64>weight32(w, 0),
          w23 = <i64>weight32(w, 4);
        p01 += a * w01;
        p23 += a * w23;
        q01 += b * w01;
        q23 += b * w23;
        column += 8;
        w += 8;
      }
      p0 += raisedLane(p01);
      p1 += highLane(p01);
      p2 += raisedLane(p23);
      p3 += highLane(p23);
      q0 += raisedLane(q01);
      q1 += highLane(q01);
      q2 += raisedLane(q23);
      q3 += highLane(q23);
      if (end == columnsEnd) break;
      end = min(end + 8 * <usize>flushInterval, columnsEnd);
    }
    // Of a block that is not full the surplus channels go where a real one goes after them.
    const last: usize = outputs & 3 ? <usize>min(outputs - c, 4) - 1 : 3;
    const third = min(2, last),
      second = min(1, last);
    finishTwo(outP + last, outQ + last, p3, q3, w + 36, narrow, zeroPoint, low, high);
    finishTwo(outP + third, outQ + third, p2, q2, w + 24, narrow, zeroPoint, low, high);
    finishTwo(outP + second, outQ + second, p1, q1, w + 12, narrow, zeroPoint, low, high);
    finishTwo(outP, outQ, p0, q0, w, narrow, zeroPoint, low, high);
    w += 48;
    outP += 4;
    outQ += 4;
  }
  return w;
}

/** For size: all channels of four pixels, whose columns lie in pairs. */
export function multiplyPixelPairs(
  columns: usize,
  w: usize,
  o0: usize,
  o1: usize,
  o2: usize,
  o3: usize,
  depth: i32,
  outputs: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
  flushInterval: i32,
  narrow: i32,
): usize {
  const padding = <usize>((-2 * depth) & 3);
  const columnsEnd = columns + 8 * <usize>depth;
  const full = <usize>(outputs & ~1);
  for (let c: usize = 0; c < full; c += 2) {
    let a0 = 0,
      a1 = 0,
      a2 = 0,
      a3 = 0;
    let b0 = 0,
      b1 = 0,
      b2 = 0,
      b3 = 0;
    let column = columns;
    let end = columns + 8 * <usize>min(flushInterval, depth);
    while (true) {
      let a01 = emptyLanes,
        a23 = emptyLanes,
        b01 = emptyLanes,
        b23 = emptyLanes;
      const blocksEnd = column + ((end - column) & ~127);
      while (column != blocksEnd) {
        for (let i: usize = 0; i < 16; i++) {
          const x01 = <i64>load<i32>(column + 8 * i),
            x23 = <i64>load<i32>(column + 8 * i, 4);
          const wa = <i64>weight8(w + 2 * i, 0),
            wb = <i64>weight8(w + 2 * i, 1);
          a01 += x01 * wa;
          a23 += x23 * wa;
          b01 += x01 * wb;
          b23 += x23 * wb;
        }
        column += 128;
        w += 32;
      }
      if ((end - column) & 64) {
        for (let i: usize = 0; i < 8; i++) {
          const x01 = <i64>load<i32>(column + 8 * i),
            x23 = <i64>load<i32>(column + 8 * i, 4);
          const wa = <i64>weight8(w + 2 * i, 0),
            wb = <i64>weight8(w + 2 * i, 1);
          a01 += x01 * wa;
          a23 += x23 * wa;
          b01 += x01 * wb;
          b23 += x23 * wb;
        }
        column += 64;
        w += 16;
      }
      while (column != end) {
        const x01 = <i64>load<i32>(column),
          x23 = <i64>load<i32>(column, 4);
        const wa = <i64>weight8(w, 0),
          wb = <i64>weight8(w, 1);
        a01 += x01 * wa;
        a23 += x23 * wa;
        b01 += x01 * wb;
        b23 += x23 * wb;
        column += 8;
        w += 2;
      }
      a0 += lowLane(a01);
      a1 += highLane(a01);
      a2 += lowLane(a23);
      a3 += highLane(a23);
      b0 += lowLane(b01);
      b1 += highLane(b01);
      b2 += lowLane(b23);
      b3 += highLane(b23);
      if (end == columnsEnd) break;
      end = min(end + 8 * <usize>flushInterval, columnsEnd);
    }
    w += padding;
    finishTwo(o0 + c, o1 + c, a0, a1, w, narrow, zeroPoint, low, high);
    finishTwo(o2 + c, o3 + c, a2, a3, w, narrow, zeroPoint, low, high);
    finishTwo(o0 + c + 1, o1 + c + 1, b0, b1, w + 12, narrow, zeroPoint, low, high);
    finishTwo(o2 + c + 1, o3 + c + 1, b2, b3, w + 12, narrow, zeroPoint, low, high);
    w += 24;
  }
  if (outputs & 1) {
    const c = full;
    let a0 = 0,
      a1 = 0,
      a2 = 0,
      a3 = 0;
    let column = columns;
    let end = columns + 8 * <usize>min(flushInterval, depth);
    while (true) {
      let a01 = emptyLanes,
        a23 = emptyLanes;
      while (column != end) {
        const wa = <i64>weight8(w, 0);
        a01 += <i64>load<i32>(column) * wa;
        a23 += <i64>load<i32>(column, 4) * wa;
        column += 8;
        w += 1;
      }
      a0 += lowLane(a01);
      a1 += highLane(a01);
      a2 += lowLane(a23);
      a3 += highLane(a23);
      if (end == columnsEnd) break;
      end = min(end + 8 * <usize>flushInterval, columnsEnd);
    }
    w += <usize>(-depth & 3);
    finishTwo(o0 + c, o1 + c, a0, a1, w, narrow, zeroPoint, low, high);
    finishTwo(o2 + c, o3 + c, a2, a3, w, narrow, zeroPoint, low, high);
    w += 12;
  }
  return w;
}
