// Long short-term memory over the steps of a sequence. The rows of both weight matrices are the input, forget, cell and
// output gates' units. Hidden state (int8) and cell state (int16) are kept from one call to the next.
import { doublingHighMul, requantize, roundingShiftRight } from '../fixedpoint';
import { multiplyBytes, multiplyChannelPairs, multiplyVector } from '../matrix_vector';
import { logistic16, tanh16 } from '../sigmoid16';

@inline
function saturate16(value: i32): i32 {
  return min(max(value, i16.MIN_VALUE), i16.MAX_VALUE);
}

/** The input of a gate's activation: what the step's input and the hidden state add up to. */
@inline
function gate(gates: usize, unit: i32, units: i32, index: i32): i32 {
  const p = gates + <usize>(2 * (unit + index * units));
  return saturate16(<i32>load<i16>(p) + <i32>load<i16>(p + <usize>(8 * units)));
}

/** Cell and hidden state after one step. At `gates` lie the products of the weights with input and hidden state. */
@inline
function update(
  gates: usize,
  table: usize,
  hidden: usize,
  cell: usize,
  out: usize,
  units: i32,
  cellMultiplier: i32,
  cellShift: i32,
  cellLow: i32,
  cellHigh: i32,
  tanhShift: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
): void {
  for (let unit = 0; unit < units; unit++) {
    const forget = logistic16(table, gate(gates, unit, units, 1)) * load<i16>(cell);
    const kept = roundingShiftRight(doublingHighMul(forget, 1 << 30), 14);
    const added =
      logistic16(table, gate(gates, unit, units, 0)) *
      tanh16(table, gate(gates, unit, units, 2), 0);
    const value = saturate16(
      kept + requantize(added, cellMultiplier, cellShift, 0, i16.MIN_VALUE, i16.MAX_VALUE),
    );
    const clipped = min(max(value, cellLow), cellHigh);
    store<i16>(cell, clipped);
    const shown =
      logistic16(table, gate(gates, unit, units, 3)) * tanh16(table, clipped, tanhShift);
    const output = requantize(shown, multiplier, shift, zeroPoint, i8.MIN_VALUE, i8.MAX_VALUE);
    store<i8>(hidden + <usize>unit, output);
    store<i8>(out + <usize>unit, output);
    cell += 2;
  }
}

/** For speed: the weights of two rows packed in one int32 ahead of time. */
export function unidirectionalSequenceLstmChannelPairs(
  x: usize,
  inputWeights: usize,
  hiddenWeights: usize,
  table: usize,
  hidden: usize,
  cell: usize,
  out: usize,
  scratch: usize,
  steps: i32,
  inputs: i32,
  units: i32,
  cellMultiplier: i32,
  cellShift: i32,
  cellLow: i32,
  cellHigh: i32,
  tanhShift: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
  inputNarrow: i32,
  inputFlushInterval: i32,
  hiddenNarrow: i32,
  hiddenFlushInterval: i32,
): void {
  const recurrent = scratch + <usize>(8 * units);
  for (let step = 0; step < steps; step++) {
    multiplyChannelPairs<i16>(
      x,
      inputWeights,
      scratch,
      inputs,
      4 * units,
      0,
      i16.MIN_VALUE,
      i16.MAX_VALUE,
      inputNarrow,
      inputFlushInterval,
    );
    multiplyChannelPairs<i16>(
      hidden,
      hiddenWeights,
      recurrent,
      units,
      4 * units,
      0,
      i16.MIN_VALUE,
      i16.MAX_VALUE,
      hiddenNarrow,
      hiddenFlushInterval,
    );
    update(
      scratch,
      table,
      hidden,
      cell,
      out,
      units,
      cellMultiplier,
      cellShift,
      cellLow,
      cellHigh,
      tanhShift,
      multiplier,
      shift,
      zeroPoint,
    );
    x += <usize>inputs;
    out += <usize>units;
  }
}

/** For size: one byte a weight. */
export function unidirectionalSequenceLstmBytes(
  x: usize,
  inputWeights: usize,
  hiddenWeights: usize,
  table: usize,
  hidden: usize,
  cell: usize,
  out: usize,
  scratch: usize,
  steps: i32,
  inputs: i32,
  units: i32,
  cellMultiplier: i32,
  cellShift: i32,
  cellLow: i32,
  cellHigh: i32,
  tanhShift: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
  inputNarrow: i32,
  hiddenNarrow: i32,
): void {
  const recurrent = scratch + <usize>(8 * units);
  for (let step = 0; step < steps; step++) {
    multiplyBytes<i16>(
      x,
      inputWeights,
      scratch,
      inputs,
      4 * units,
      0,
      i16.MIN_VALUE,
      i16.MAX_VALUE,
      inputNarrow,
    );
    multiplyBytes<i16>(
      hidden,
      hiddenWeights,
      recurrent,
      units,
      4 * units,
      0,
      i16.MIN_VALUE,
      i16.MAX_VALUE,
      hiddenNarrow,
    );
    update(
      scratch,
      table,
      hidden,
      cell,
      out,
      units,
      cellMultiplier,
      cellShift,
      cellLow,
      cellHigh,
      tanhShift,
      multiplier,
      shift,
      zeroPoint,
    );
    x += <usize>inputs;
    out += <usize>units;
  }
}

/** For hosts: eight values in each dot product. */
export function unidirectionalSequenceLstmVector(
  x: usize,
  inputWeights: usize,
  hiddenWeights: usize,
  table: usize,
  hidden: usize,
  cell: usize,
  out: usize,
  scratch: usize,
  steps: i32,
  inputs: i32,
  units: i32,
  cellMultiplier: i32,
  cellShift: i32,
  cellLow: i32,
  cellHigh: i32,
  tanhShift: i32,
  multiplier: i32,
  shift: i32,
  zeroPoint: i32,
  inputRescaling: i32,
  hiddenRescaling: i32,
): void {
  if (!ASC_FEATURE_SIMD) {
    unreachable();
  } else {
    const gates = scratch + <usize>(2 * ((max(inputs, units) + 7) & ~7));
    const recurrent = gates + <usize>(8 * units);
    for (let step = 0; step < steps; step++) {
      multiplyVector<i16>(
        x,
        inputWeights,
        gates,
        scratch,
        inputs,
        4 * units,
        0,
        i16.MIN_VALUE,
        i16.MAX_VALUE,
        inputRescaling,
      );
      multiplyVector<i16>(
        hidden,
        hiddenWeights,
        recurrent,
        scratch,
        units,
        4 * units,
        0,
        i16.MIN_VALUE,
        i16.MAX_VALUE,
        hiddenRescaling,
      );
      update(
        gates,
        table,
        hidden,
        cell,
        out,
        units,
        cellMultiplier,
        cellShift,
        cellLow,
        cellHigh,
        tanhShift,
        multiplier,
        shift,
        zeroPoint,
      );
      x += <usize>inputs;
      out += <usize>units;
    }
  }
}
