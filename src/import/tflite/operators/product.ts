import { elementCount, formatShape } from '../../../graph/types.ts';
import {
  activationOf,
  type GraphBuilder,
  inputOf,
  type Mapping,
  type Operation,
  outputOf,
  presentInputs,
  refusal,
} from '../operation.ts';
import { batchMatMulOptions, fullyConnectedOptions } from '../options.ts';
import type { Value } from '../values.ts';
import { checkChannelAxis } from './convolution.ts';
import { makeReshaped, reshaped } from './reshaping.ts';

/** FULLY_CONNECTED over one vector, whatever the axes in which it lies; over several vectors where a convolution is that. */
export const fullyConnected: Mapping<typeof fullyConnectedOptions.schema> = {
  options: fullyConnectedOptions,
  inputs: [2, 3],
  outputs: [1, 1],
  convert(operation, graph) {
    const { weightsFormat, fusedActivationFunction } = operation.options;
    const [input, weights] = [inputOf(operation, 0), inputOf(operation, 1)];
    const activation = activationOf(operation, fusedActivationFunction);
    checkWeights(operation, weights, weightsFormat);
    const [outputs = 1, inputs = 1] = weights.shape;
    const rows = elementCount(input.shape) / inputs;
    if (rows > 1) return overRows(operation, graph, rows, { activation });
    const vector = reshaped(graph, input, [1, elementCount(input.shape)]);
    const constants = presentInputs(operation).slice(1);
    makeReshaped(graph, outputOf(operation), [1, outputs], (output) => {
      graph.node('dense', [vector, ...constants], [output], { activation });
    });
  },
};

function checkWeights(operation: Operation, weights: Value, format: number): void {
  checkChannelAxis(operation, weights, 0);
  if (format !== 0) {
    throw refusal(operation, {
      what: 'weights are shuffled',
      expected: 'weightsFormat 0 (DEFAULT)',
      received: `${format}`,
    });
  }
  if (weights.bytes === undefined) {
    throw refusal(operation, {
      what: `weights '${weights.name}' are not constant`,
      expected: 'constant weights',
      received: 'an activation',
      hint: 'multiply two activations by BATCH_MATMUL',
    });
  }
  if (weights.shape.length === 2) return;
  throw refusal(operation, {
    what: `weights '${weights.name}' are no matrix`,
    expected: 'axes O and I',
    received: formatShape(weights.shape),
  });
}

/**
 * The vectors as pixels of a convolution of 1x1. TFLM rounds the product of both scales to float32 where weights are
 * quantized as a whole, which a convolution does not.
 */
function overRows(
  operation: Operation,
  graph: GraphBuilder,
  rows: number,
  { activation }: { readonly activation: string },
): void {
  const [input, weights, bias] = [
    inputOf(operation, 0),
    inputOf(operation, 1),
    operation.inputs[2],
  ];
  const [outputs = 1, inputs = 1] = weights.shape;
  if (!Number.isInteger(rows)) {
    throw refusal(operation, {
      what: 'weights do not fit the input',
      expected: `a multiple of ${inputs} values`,
      received: formatShape(input.shape),
    });
  }
  if (weights.quantization?.scale.length === 1) {
    throw refusal(operation, {
      what: 'several vectors times weights that are quantized as a whole are not supported',
      expected: 'one vector, or a scale for each output channel',
      received: `${rows} vectors`,
      hint: 'make the layer a CONV_2D of 1x1',
    });
  }
  // The same weights may serve another operator as a matrix.
  const filter: Value = { ...weights, ...graph.temporary(weights, [outputs, 1, 1, inputs]) };
  const image = reshaped(graph, input, [1, 1, rows, inputs]);
  makeReshaped(graph, outputOf(operation), [1, 1, rows, outputs], (output) => {
    graph.node('conv2d', [image, filter, ...(bias === undefined ? [] : [bias])], [output], {
      stride: [1, 1],
      dilation: [1, 1],
      padding: [0, 0, 0, 0],
      groups: 1,
      activation,
    });
  });
}

/** BATCH_MATMUL of an activation with an activation or a constant. */
export const batchMatMul: Mapping<typeof batchMatMulOptions.schema> = {
  options: batchMatMulOptions,
  inputs: [2, 2],
  outputs: [1, 1],
  convert(operation, graph) {
    const { adjX, adjY } = operation.options;
    graph.node('batch_matmul', presentInputs(operation), operation.outputs, { adjX, adjY });
  },
};
