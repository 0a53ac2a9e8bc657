import { activationNames } from '../names.ts';
import {
  activationOf,
  inputOf,
  type Mapping,
  type Operation,
  presentInputs,
  refusal,
} from '../operation.ts';
import { sequenceLstmOptions, svdfOptions } from '../options.ts';
import type { Value } from '../values.ts';

/** The quantization of what an operator remembers, a tensor that only says how; 1 and 0 where it is float. */
function stateQuantization(
  operation: Operation,
  { name, type, quantization }: Value,
): { readonly scale: number; readonly zeroPoint: number } {
  if (type === 'FLOAT32') return { scale: 1, zeroPoint: 0 };
  const { scale = [], zeroPoint = [] } = quantization ?? {};
  if (scale.length === 1 && zeroPoint.length === 1) {
    return { scale: scale[0] as number, zeroPoint: zeroPoint[0] as number };
  }
  throw refusal(operation, {
    what: `state '${name}' is not quantized as a whole`,
    expected: 'one scale and one zero point',
    received: `${type} with ${scale.length} scales`,
  });
}

/** Weights of a graph in int8 with float activations between, or of another kind, are what the op refuses. */
export const svdf: Mapping<typeof svdfOptions.schema> = {
  options: svdfOptions,
  inputs: [5, 5],
  outputs: [1, 1],
  convert(operation, graph) {
    const { rank, fusedActivationFunction } = operation.options;
    const state = inputOf(operation, 4);
    const { scale, zeroPoint } = stateQuantization(operation, state);
    const timeWeights = inputOf(operation, 2);
    if (timeWeights.type !== state.type) {
      throw refusal(operation, {
        what: 'state and time weights have different types',
        expected: timeWeights.type,
        received: state.type,
      });
    }
    graph.node('svdf', presentInputs(operation, 4), operation.outputs, {
      rank,
      activation: activationOf(operation, fusedActivationFunction),
      stateScale: scale,
      stateZeroPoint: zeroPoint,
    });
  },
};

/** The inputs of an LSTM that stand for what is not supported, by their first and last number. */
const unsupportedInputs = [
  ['peephole connections', 9, 11],
  ['a projection', 16, 17],
  ['layer normalization', 20, 23],
] as const;

/** UNIDIRECTIONAL_SEQUENCE_LSTM without peepholes, projection and layer normalization. */
export const sequenceLstm: Mapping<typeof sequenceLstmOptions.schema> = {
  options: sequenceLstmOptions,
  inputs: [20, 24],
  outputs: [1, 1],
  convert(operation, graph) {
    const { inputs, options } = operation;
    for (const [what, first, last] of unsupportedInputs) {
      if (inputs.slice(first, last + 1).every((value) => value === undefined)) continue;
      throw refusal(operation, {
        what: `${what} are not supported`,
        expected: `no inputs ${first} to ${last}`,
        hint: 'use a plain LSTM',
      });
    }
    const activation = activationNames[options.fusedActivationFunction];
    if (activation !== 'TANH' || options.diagonalRecurrentTensors) {
      throw refusal(operation, {
        what: 'kind of LSTM is not supported',
        expected: 'fused activation TANH, full recurrent weights',
        received: `${activation ?? options.fusedActivationFunction}${options.diagonalRecurrentTensors ? ', diagonal recurrent weights' : ''}`,
      });
    }
    const [output] = operation.outputs as [Value];
    const hidden = stateQuantization(operation, inputOf(operation, 18));
    const own = stateQuantization(operation, output);
    if (hidden.scale !== own.scale || hidden.zeroPoint !== own.zeroPoint) {
      throw refusal(operation, {
        what: 'hidden state has another quantization than the output',
        expected: `scale ${own.scale}, zero point ${own.zeroPoint}`,
        received: `scale ${hidden.scale}, zero point ${hidden.zeroPoint}`,
      });
    }
    const range = (first: number, count: number) =>
      Array.from({ length: count }, (_, i) => inputOf(operation, first + i));
    // The sequence, weights for it, weights for the hidden state; then biases: of input, forget, cell and output gate.
    const tensors = [...range(0, 9), ...range(12, 4)];
    graph.node('unidirectional_sequence_lstm', tensors, operation.outputs, {
      timeMajor: options.timeMajor,
      cellClip: options.cellClip,
      cellScale: stateQuantization(operation, inputOf(operation, 19)).scale,
    });
  },
};
