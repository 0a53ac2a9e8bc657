import type { Graph } from '../types.ts';

/** Ops that give the same bytes whichever operand comes first. */
const commutative = new Set(['add', 'mul', 'maximum', 'minimum']);

/** Puts constants behind activations where an op takes its two operands in any order: kernels want the activation first. */
export function orderOperands(graph: Graph): Graph {
  const isConstant = (name: string | undefined) =>
    name !== undefined && graph.tensors.get(name)?.data !== undefined;
  const nodes = graph.nodes.map((node) => {
    const [first, second] = node.inputs;
    const turned = commutative.has(node.op) && isConstant(first) && !isConstant(second);
    return turned ? { ...node, inputs: [...node.inputs].reverse() } : node;
  });
  return { ...graph, nodes };
}
