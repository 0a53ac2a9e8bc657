// A fully connected layer over one vector.
import { multiplyBytes, multiplyChannelPairs, multiplyVector } from '../matrix_vector';

/** For speed: 4 channels at a time, the weights of two channels packed in one int32 ahead of time. */
export function denseChannelPairs(
  x: usize,
  weights: usize,
  out: usize,
  inputs: i32,
  outputs: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
  flushInterval: i32,
): void {
  multiplyChannelPairs<i8>(
    x,
    weights,
    out,
    inputs,
    outputs,
    outputZeroPoint,
    low,
    high,
    narrow,
    flushInterval,
  );
}

/** For size: 4 channels at a time, one byte a weight; the channels that are left over one by one. */
export function denseBytes(
  x: usize,
  weights: usize,
  out: usize,
  inputs: i32,
  outputs: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  narrow: i32,
): void {
  multiplyBytes<i8>(x, weights, out, inputs, outputs, outputZeroPoint, low, high, narrow);
}

/** For hosts: 4 channels at a time, eight inputs in each dot product. */
export function denseVector(
  x: usize,
  weights: usize,
  out: usize,
  scratch: usize,
  inputs: i32,
  outputs: i32,
  outputZeroPoint: i32,
  low: i32,
  high: i32,
  rescaling: i32,
): void {
  multiplyVector<i8>(
    x,
    weights,
    out,
    scratch,
    inputs,
    outputs,
    outputZeroPoint,
    low,
    high,
    rescaling,
  );
}
