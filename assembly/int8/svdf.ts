// Singular value decomposition filter: each step adds one product of feature weights and input to a filter's state, and
// an output is a weighted sum over the states of its filters. The state holds `memory` values a filter, the oldest
// first; a unit's filters are neighbours. State and time weights are of a type `T`, int8 or (`wide`) int16.
import { finishOne } from '../finish';
import { multiplyBytes, multiplyChannelPairs, multiplyVector } from '../matrix_vector';
import { weight8, weight8x8, weight128 } from '../weights';

/** One time weight. */
@inline
function timeWeight<T>(w: usize): i32 {
  return sizeof<T>() == 1 ? weight8(w, 0) : (weight8(w, 1) << 8) | (weight8(w, 0) & 0xff);
}

/**
 * Moves the state on by one step, the newest values from `features`, and sums it up. A unit's time weights are filled up
 * to a multiple of four bytes.
 */
@inline
function remember<T>(
  features: usize,
  w: usize,
  state: usize,
  out: usize,
  units: i32,
  rank: i32,
  memory: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  for (let unit = 0; unit < units; unit++) {
    let sum = 0;
    for (let r = 0; r < rank; r++) {
      for (let age = memory - 1; age >= 0; age--) {
        const value = load<T>(age == 0 ? features : state + sizeof<T>());
        store<T>(state, value);
        sum += <i32>value * timeWeight<T>(w);
        state += sizeof<T>();
        w += sizeof<T>();
      }
      features += sizeof<T>();
    }
    w = (w + 3) & ~3;
    // Sums over an int16 state may wrap, so never the narrow form.
    finishOne<i8>(out + <usize>unit, sum, w, 0, zeroPoint, low, high);
    w += 12;
  }
}

/** Eight values of the state times eight time weights, the products of neighbours added. */
@inline
function products8<T>(p: usize, w: usize): v128 {
  const values = sizeof<T>() == 1 ? v128.load8x8_s(p) : v128.load(p);
  return i32x4.dot_i16x8_s(values, sizeof<T>() == 1 ? weight8x8(w, 0) : weight128(w, 0));
}

/** `remember` with eight values in each dot product; a unit's time weights are filled up with zeros to eights. */
@inline
function rememberVector<T>(
  features: usize,
  w: usize,
  state: usize,
  out: usize,
  units: i32,
  rank: i32,
  memory: i32,
  zeroPoint: i32,
  low: i32,
  high: i32,
): void {
  const filters = units * rank;
  const end = state + <usize>(filters * memory) * sizeof<T>();
  let s = state;
  for (; s + sizeof<T>() + 16 <= end; s += 16) v128.store(s, v128.load(s + sizeof<T>()));
  for (; s + sizeof<T>() < end; s += sizeof<T>()) store<T>(s, load<T>(s + sizeof<T>()));
  s = state + <usize>(memory - 1) * sizeof<T>();
  for (let filter = 0; filter < filters; filter++) {
    store<T>(s, load<T>(features));
    features += sizeof<T>();
    s += <usize>memory * sizeof<T>();
  }
  for (let unit = 0; unit < units; unit++) {
    let sums = i32x4.splat(0);
    let p = state;
    // What is read behind the unit's values meets weights of zero.
    for (let k = 0; k < rank * memory; k += 8) {
      sums = i32x4.add(sums, products8<T>(p, w));
      p += 8 * sizeof<T>();
      w += 8 * sizeof<T>();
    }
    let sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1);
    sum += i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3);
    // Sums over an int16 state may wrap, so never the narrow form.
    finishOne<i8>(out + <usize>unit, sum, w, 0, zeroPoint, low, high);
    w += 12;
    state += <usize>(rank * memory) * sizeof<T>();
  }
}

/** For speed: the feature weights of two filters packed in one int32 ahead of time. */
export function svdfChannelPairs(
  x: usize,
  weights: usize,
  timeWeights: usize,
  state: usize,
  out: usize,
  scratch: usize,
  inputs: i32,
  units: i32,
  rank: i32,
  memory: i32,
  stateZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  wide: i32,
  narrow: i32,
  flushInterval: i32,
): void {
  const filters = units * rank;
  if (wide) {
    multiplyChannelPairs<i16>(
      x,
      weights,
      scratch,
      inputs,
      filters,
      stateZeroPoint,
      i16.MIN_VALUE,
      i16.MAX_VALUE,
      narrow,
      flushInterval,
    );
    remember<i16>(
      scratch,
      timeWeights,
      state,
      out,
      units,
      rank,
      memory,
      outputZeroPoint,
      low,
      high,
    );
  } else {
    multiplyChannelPairs<i8>(
      x,
      weights,
      scratch,
      inputs,
      filters,
      stateZeroPoint,
      i8.MIN_VALUE,
      i8.MAX_VALUE,
      narrow,
      flushInterval,
    );
    remember<i8>(scratch, timeWeights, state, out, units, rank, memory, outputZeroPoint, low, high);
  }
}

/** For size: one byte a feature weight. */
export function svdfBytes(
  x: usize,
  weights: usize,
  timeWeights: usize,
  state: usize,
  out: usize,
  scratch: usize,
  inputs: i32,
  units: i32,
  rank: i32,
  memory: i32,
  stateZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  wide: i32,
  narrow: i32,
): void {
  const filters = units * rank;
  if (wide) {
    multiplyBytes<i16>(
      x,
      weights,
      scratch,
      inputs,
      filters,
      stateZeroPoint,
      i16.MIN_VALUE,
      i16.MAX_VALUE,
      narrow,
    );
    remember<i16>(
      scratch,
      timeWeights,
      state,
      out,
      units,
      rank,
      memory,
      outputZeroPoint,
      low,
      high,
    );
  } else {
    multiplyBytes<i8>(
      x,
      weights,
      scratch,
      inputs,
      filters,
      stateZeroPoint,
      i8.MIN_VALUE,
      i8.MAX_VALUE,
      narrow,
    );
    remember<i8>(scratch, timeWeights, state, out, units, rank, memory, outputZeroPoint, low, high);
  }
}

/** For hosts: eight values in each dot product. */
export function svdfVector(
  x: usize,
  weights: usize,
  timeWeights: usize,
  state: usize,
  out: usize,
  scratch: usize,
  inputs: i32,
  units: i32,
  rank: i32,
  memory: i32,
  stateZeroPoint: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  wide: i32,
  rescaling: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const filters = units * rank;
    const features = scratch + <usize>(2 * ((inputs + 7) & ~7));
    if (wide) {
      multiplyVector<i16>(
        x,
        weights,
        features,
        scratch,
        inputs,
        filters,
        stateZeroPoint,
        i16.MIN_VALUE,
        i16.MAX_VALUE,
        rescaling,
      );
      rememberVector<i16>(
        features,
        timeWeights,
        state,
        out,
        units,
        rank,
        memory,
        outputZeroPoint,
        low,
        high,
      );
    } else {
      multiplyVector<i8>(
        x,
        weights,
        features,
        scratch,
        inputs,
        filters,
        stateZeroPoint,
        i8.MIN_VALUE,
        i8.MAX_VALUE,
        rescaling,
      );
      rememberVector<i8>(
        features,
        timeWeights,
        state,
        out,
        units,
        rank,
        memory,
        outputZeroPoint,
        low,
        high,
      );
    }
  }
}
