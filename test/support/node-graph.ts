import type { Graph, Tensor } from '../../src/graph/types.ts';
import type { NodeContext } from '../../src/ops/op.ts';

/** A graph of one node; its inputs are the node's activations. */
export function nodeGraph<A extends object>(context: NodeContext<A>): Graph {
  const { name, op, attributes, inputs, outputs } = context;
  const names = (tensors: readonly Tensor[]) => tensors.map((tensor) => tensor.name);
  return {
    name: 'single',
    tensors: new Map([...inputs, ...outputs].map((tensor) => [tensor.name, tensor])),
    nodes: [{ name, op, attributes, inputs: names(inputs), outputs: names(outputs) }],
    inputs: [...new Set(names(inputs.filter(({ data }) => data === undefined)))],
    outputs: names(outputs),
  };
}
