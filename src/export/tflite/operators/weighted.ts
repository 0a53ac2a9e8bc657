import type { Quantization, Tensor } from '../../../graph/types.ts';
import type { dense as denseOp } from '../../../ops/dense.ts';
import type { NodeContext } from '../../../ops/op.ts';
import { type AttributesOf, addZeroBias, type Exporter, numbersOf, outputOf } from '../node.ts';
import type { SubgraphWriter, TensorNumber } from '../subgraph.ts';
import { fused } from './elementwise.ts';

/** Whether a tensor is int8, and not int4 or a float. */
export const isInt8 = ({ dtype }: Tensor) => dtype === 'int8';

/** The scales of a bias: those of the input times those of the weights. */
function biasQuantization(input: Tensor, weights: Tensor): Quantization {
  const [inputScale = 1] = input.quantization?.scale ?? [];
  const { scale = [], axis } = weights.quantization ?? {};
  return {
    scale: scale.map((factor) => Math.fround(inputScale * factor)),
    zeroPoint: scale.map(() => 0),
    ...(axis === undefined ? {} : { axis: 0 }),
  };
}

/**
 * Weights and bias of a node whose inputs are an activation, weights and at choice a bias. Runtimes look at the scales of a
 * bias, which a graph need not have.
 *
 * @param needsBias whether an int8 node without one gets one of zeros
 */
export function weightsAndBias(
  node: NodeContext<unknown>,
  file: SubgraphWriter,
  needsBias: boolean,
): readonly TensorNumber[] {
  const [input, weights, bias] = node.inputs as [Tensor, Tensor, Tensor?];
  if (!isInt8(input)) return numbersOf(file, node.inputs.slice(1));
  const quantization = biasQuantization(input, weights);
  const first = file.tensor(weights);
  if (bias !== undefined) return [first, file.tensor({ quantization, ...bias })];
  if (!needsBias) return [first];
  const channels = outputOf(node).shape.at(-1) as number;
  return [first, addZeroBias(file, node, channels, quantization)];
}

/** FULLY_CONNECTED, which has versions for int4 weights, int8 ones, and none of them without a bias. */
export const dense: Exporter<AttributesOf<typeof denseOp>> = (node, file) => {
  const [input, weights] = node.inputs as [Tensor, Tensor];
  const plain = weights.dtype === 'int4' ? 10 : isInt8(input) ? 4 : 1;
  file.operator({
    name: 'FULLY_CONNECTED',
    inputs: [file.tensor(input), ...weightsAndBias(node, file, false)],
    outputs: numbersOf(file, node.outputs),
    options: fused(node.attributes),
    version: node.inputs.length === 2 ? Math.max(6, plain) : plain,
  });
};
