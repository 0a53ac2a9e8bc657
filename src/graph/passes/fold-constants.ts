import { resolveNode } from '../../ops/support/context.ts';
import { splitOutputs } from '../../ops/support/outputs.ts';
import { elementCount, type Graph, type Node, type Tensor, type TensorData } from '../types.ts';

/** The most elements that a constant made here has: a few bytes that are repeated may stay so. */
const mostElements = 1 << 20;

/**
 * Evaluates nodes whose inputs are all constants, by the references of their ops: the outputs become constants. Ops that
 * keep a state stay, and so do nodes that make an output of the graph.
 */
export function foldConstants(graph: Graph): Graph {
  const tensors = new Map(graph.tensors);
  const nodes: Node[] = [];
  const outputs = new Set(graph.outputs);
  for (const node of graph.nodes) {
    const isOutput = node.outputs.some((name) => outputs.has(name));
    const folded = isOutput ? undefined : evaluate({ ...graph, tensors }, node);
    if (folded === undefined) nodes.push(node);
    else for (const tensor of folded) tensors.set(tensor.name, tensor);
  }
  return { ...graph, tensors, nodes };
}

function evaluate(graph: Graph, node: Node): readonly Tensor[] | undefined {
  if (!node.inputs.every((name) => graph.tensors.get(name)?.data !== undefined)) return undefined;
  const { op, context } = resolveNode(graph, node);
  const [input] = context.inputs;
  const count = context.outputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (input === undefined || op.state !== undefined || count > mostElements) return undefined;
  const made = (values: Float32Array | Int8Array): Tensor[] => {
    const data = new Map(splitOutputs(context.outputs, values));
    return context.outputs.map((tensor) => ({
      ...tensor,
      data: data.get(tensor.name)?.slice() as TensorData,
    }));
  };
  if (context.inputs.every(({ dtype }) => dtype === 'float32')) {
    const operands = context.inputs.map(({ data }) => data as Float32Array);
    return made(op.referenceFloat(context, operands));
  }
  if (!(input.data instanceof Int8Array) || input.dtype !== 'int8') return undefined;
  // An op takes its first input for an activation, the others for constants where they have data.
  const { data, ...activation } = input;
  const inputs = [activation, ...context.inputs.slice(1)];
  return made(op.reference(op.prepare({ ...context, inputs }), [data as Int8Array]));
}
