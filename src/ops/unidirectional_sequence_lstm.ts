import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { KernelCall, NodeContext, Op, Optimize, State, StateTensor, Variant } from './op.ts';
import type { QuantizedMultiplier } from './support/fixedpoint.ts';
import {
  clamp,
  type GateWeights,
  gateSum,
  packGates,
  prepareGates,
  saturate16,
  scaled,
} from './support/gates.ts';
import { concatenateAligned } from './support/product.ts';
import { multiplierFor, perTensor } from './support/quantized.ts';
import { logistic16, packLogisticTable, tanh16 } from './support/sigmoid16.ts';
import { createState } from './support/state.ts';
import { checkShape } from './support/symmetric.ts';
import { nodeTitle } from './support/title.ts';

/** The attributes of an LSTM. */
export interface LstmAttributes {
  /** Whether the sequence's axis comes before that of the batch. */
  readonly timeMajor: boolean;
  /** The cell state's bound, a real number; 0 for none. */
  readonly cellClip: number;
  /** The scale of the cell state, which is no tensor of the graph: a power of two. */
  readonly cellScale: number;
}

/** The parameters of an int8 LSTM with a cell state of int16. */
export interface LstmParameters {
  readonly steps: number;
  readonly unitCount: number;
  readonly input: GateWeights;
  readonly hidden: GateWeights;
  /** The cell state's scale is 2^cellPower. */
  readonly cellPower: number;
  /** Turns a product of two gates in Q0.15 into the cell state. */
  readonly inputToCell: QuantizedMultiplier;
  /** The cell state's bounds. */
  readonly cellRange: readonly [number, number];
  /** Turns a product of two values in Q0.15 into the hidden state, which is the output. */
  readonly output: QuantizedMultiplier;
  readonly outputZeroPoint: number;
}

const inputCount = 13;

/** Turns a product of the forget gate in Q0.15 and the cell state into the cell state: 2^-15. */
const forgetToCell: QuantizedMultiplier = { multiplier: 2 ** 30, shift: -14 };

function shapeOf(context: Omit<NodeContext<LstmAttributes>, 'outputs'>) {
  const where = nodeTitle(context);
  const [input, inputWeights] = context.inputs as [Tensor, Tensor];
  if (context.inputs.length > inputCount) {
    throw new WickError({
      what: 'peephole, projection and layer normalization are not supported',
      where,
      expected: `${inputCount} inputs: the sequence, 4 weights for it, 4 for the hidden state, 4 biases`,
      received: `${context.inputs.length}`,
    });
  }
  const { timeMajor } = context.attributes;
  const [steps, batch] = timeMajor ? input.shape : [input.shape[1], input.shape[0]];
  const [, , depth] = input.shape;
  if (input.shape.length !== 3 || batch !== 1 || steps === undefined || depth === undefined) {
    throw new WickError({
      what: 'input is not one sequence of vectors',
      where,
      expected: timeMajor ? 'shape Tx1xN' : 'shape 1xTxN',
      received: formatShape(input.shape),
    });
  }
  const [unitCount = 1] = inputWeights.shape;
  context.inputs.slice(1).forEach((tensor, index) => {
    const shapes = [[unitCount, depth], [unitCount, unitCount], [unitCount]];
    checkShape(where, tensor, shapes[Math.floor(index / 4)] as number[]);
  });
  return { steps, depth, unitCount };
}

/** The exponent of a power of two. Source: TFLite `CheckedLog2`. */
function cellPowerOf(where: string, scale: number): number {
  const power = Math.round(Math.log2(scale));
  if (2 ** power === scale && power >= -24 && power <= 0) return power;
  throw new WickError({
    what: 'the cell state has a scale that the gates cannot work with',
    where,
    expected: 'a power of two from 2^-24 to 1',
    received: `${scale}`,
  });
}

/** Source: TFLM `UnidirectionalSequenceLstmPrepare` (lstm_eval_common.cc). */
function prepare(context: NodeContext<LstmAttributes>): LstmParameters {
  const where = nodeTitle(context);
  const { cellClip, cellScale } = context.attributes;
  const { steps, unitCount } = shapeOf(context);
  const [input] = context.inputs as [Tensor];
  const [output] = context.outputs as [Tensor];
  const { scale, zeroPoint } = perTensor(where, output);
  const clip = Math.trunc(Math.min(cellClip / cellScale, 32767));
  return {
    steps,
    unitCount,
    input: prepareGates(where, input, context.inputs.slice(1, 5), context.inputs.slice(9)),
    // The hidden state is the output of the step before.
    hidden: prepareGates(where, output, context.inputs.slice(5, 9)),
    cellPower: cellPowerOf(where, cellScale),
    inputToCell: multiplierFor(where, 'the cell state', 2 ** -30 / cellScale),
    cellRange: cellClip > 0 ? [-clip, clip] : [-32768, 32767],
    output: multiplierFor(where, 'the output', 2 ** -30 / scale),
    outputZeroPoint: zeroPoint,
  };
}

function state({ unitCount, outputZeroPoint }: LstmParameters): readonly StateTensor[] {
  return [
    { dtype: 'int8', length: unitCount, initial: outputZeroPoint },
    { dtype: 'int16', length: unitCount, initial: 0 },
  ];
}

/** Source: TFLM `LstmStep` (lstm_eval.h). */
function reference(
  parameters: LstmParameters,
  inputs: readonly Int8Array[],
  kept: State = createState(state(parameters)),
): Int8Array {
  const { steps, unitCount, input, hidden, cellRange, cellPower } = parameters;
  const [sequence] = inputs as [Int8Array];
  const [hiddenState, cellState] = kept as [Int8Array, Int16Array];
  const result = new Int8Array(steps * unitCount);
  for (let step = 0; step < steps; step++) {
    const vector = sequence.subarray(step * input.depth, (step + 1) * input.depth);
    const sums = Int16Array.from({ length: 4 * unitCount }, (_, row) =>
      saturate16(gateSum(input, row, vector) + gateSum(hidden, row, hiddenState)),
    );
    const gate = (index: number, unit: number) => sums[index * unitCount + unit] as number;
    for (let unit = 0; unit < unitCount; unit++) {
      const kept = logistic16(gate(1, unit)) * (cellState[unit] as number);
      const added = logistic16(gate(0, unit)) * tanh16(gate(2, unit), 0);
      const sum =
        saturate16(scaled(kept, forgetToCell)) + saturate16(scaled(added, parameters.inputToCell));
      const cell = clamp(saturate16(sum), ...cellRange);
      cellState[unit] = cell;
      const shown = tanh16(cell, 12 + cellPower) * logistic16(gate(3, unit));
      const output = scaled(shown, parameters.output) + parameters.outputZeroPoint;
      hiddenState[unit] = clamp(output, -128, 127);
    }
    result.set(hiddenState, step * unitCount);
  }
  return result;
}

function referenceFloat(
  context: NodeContext<LstmAttributes>,
  inputs: readonly Float32Array[],
): Float32Array {
  const { steps, depth, unitCount } = shapeOf(context);
  const bound = context.attributes.cellClip || Number.POSITIVE_INFINITY;
  const [sequence] = inputs as [Float32Array];
  const result = new Float32Array(steps * unitCount);
  const cell = new Float32Array(unitCount);
  let hidden = new Float32Array(unitCount);
  const logistic = (x: number) => 1 / (1 + Math.exp(-x));
  const dot = (weights: Float32Array, unit: number, vector: Float32Array) =>
    vector.reduce((sum, x, k) => sum + x * (weights[unit * vector.length + k] as number), 0);
  for (let step = 0; step < steps; step++) {
    const vector = sequence.subarray(step * depth, (step + 1) * depth);
    const gate = (index: number, unit: number) =>
      dot(inputs[1 + index] as Float32Array, unit, vector) +
      dot(inputs[5 + index] as Float32Array, unit, hidden) +
      (inputs[9 + index]?.[unit] ?? 0);
    const next = new Float32Array(unitCount);
    for (let unit = 0; unit < unitCount; unit++) {
      const sum =
        logistic(gate(1, unit)) * (cell[unit] as number) +
        logistic(gate(0, unit)) * Math.tanh(gate(2, unit));
      cell[unit] = clamp(sum, -bound, bound);
      next[unit] = logistic(gate(3, unit)) * Math.tanh(cell[unit] as number);
    }
    hidden = next;
    result.set(hidden, step * unitCount);
  }
  return result;
}

function lower(parameters: LstmParameters, variant: Variant, optimize: Optimize): KernelCall {
  const { steps, unitCount, inputToCell, cellRange, cellPower, output } = parameters;
  const input = packGates(parameters.input, variant, optimize);
  const hidden = packGates(parameters.hidden, variant, optimize);
  const { bytes, offsets } = concatenateAligned([input.bytes, hidden.bytes, packLogisticTable()]);
  return {
    kernel: `unidirectionalSequenceLstm${input.layout}`,
    arguments: [
      { input: 0 },
      ...offsets.map((weights) => ({ weights })),
      { state: 0 },
      { state: 1 },
      { output: 0 },
      { scratch: 0 },
      steps,
      parameters.input.depth,
      unitCount,
      inputToCell.multiplier,
      inputToCell.shift,
      ...cellRange,
      12 + cellPower,
      output.multiplier,
      output.shift,
      parameters.outputZeroPoint,
      ...input.arguments,
      ...hidden.arguments,
    ],
    weights: bytes,
    readByValue: [offsets[2] as number],
    scratchBytes: Math.max(input.scratchBytes, hidden.scratchBytes) + 16 * unitCount,
  };
}

/**
 * A long short-term memory over a sequence, TFLite's with int8 activations and weights and an int16 cell state; hidden and
 * cell state are kept from one inference to the next. Inputs: x [1, T, N] (or [T, 1, N]), for the input, forget, cell and
 * output gate weights [units, N] for x and [units, units] for the hidden state, and biases [units]. The output [1, T, units]
 * is the hidden state after each step, and has its quantization.
 */
export const unidirectionalSequenceLstm: Op<LstmAttributes, LstmParameters> = {
  name: 'unidirectional_sequence_lstm',
  attributes: strictObject({
    timeMajor: v.optional(v.boolean(), false),
    cellClip: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 0),
    cellScale: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  }),
  inputCount: [inputCount, 24],
  inferShapes: (context) => {
    const { steps, unitCount } = shapeOf(context);
    return [context.attributes.timeMajor ? [steps, 1, unitCount] : [1, steps, unitCount]];
  },
  macs: (context) => {
    const { steps, depth, unitCount } = shapeOf(context);
    return steps * 4 * elementCount([unitCount, depth + unitCount]);
  },
  outputQuantization: { kind: 'calibrated' },
  prepare,
  state,
  reference,
  referenceFloat,
  lower,
  inPlace: () => false,
};
