import { WickError } from '../../errors.ts';
import { findTensor } from '../../ops/support/context.ts';
import type { Graph, IoTypes, Node, Tensor } from '../types.ts';

/**
 * Gives an int8 graph float32 inputs, outputs, or both: behind each int8 input comes a `quantize`, before each int8 output
 * a `dequantize`. The new inputs and outputs have the names of the old ones; what was named so gets `/int8` behind its
 * name. Those that are float32 already stay. Throws a WickError where int8 is asked for and the graph has float32 there.
 */
export function setIoTypes(graph: Graph, { inputType, outputType }: IoTypes): Graph {
  for (const [type, names] of [
    [inputType, graph.inputs],
    [outputType, graph.outputs],
  ] as const) {
    const float = names.find((name) => find(graph, name).dtype === 'float32');
    if (type !== 'int8' || float === undefined) continue;
    throw new WickError({
      what: `'${float}' is float32 in the graph itself`,
      where: graph.name,
      expected: 'int8, as was asked for',
      hint: 'leave the type out, or take the op at that border out of the graph',
    });
  }
  const inputs = inputType === 'float32' ? graph.inputs : [];
  const quantized = inputs.reduceRight(quantizeInput, graph);
  const outputs = outputType === 'float32' ? new Set(quantized.outputs) : [];
  return [...outputs].reduce(dequantizeOutput, quantized);
}

const find = (graph: Graph, name: string) => findTensor(graph, name, graph.name);

function quantizeInput(graph: Graph, name: string): Graph {
  const input = find(graph, name);
  if (input.dtype !== 'int8') return graph;
  const { renamed, inner, outer, node } = addBorder(graph, input, 'quantize');
  return {
    ...renamed,
    inputs: graph.inputs,
    nodes: [{ ...node, inputs: [outer], outputs: [inner] }, ...renamed.nodes],
  };
}

function dequantizeOutput(graph: Graph, name: string): Graph {
  const output = find(graph, name);
  if (output.dtype !== 'int8') return graph;
  const { renamed, inner, outer, node } = addBorder(graph, output, 'dequantize');
  return {
    ...renamed,
    outputs: graph.outputs,
    nodes: [...renamed.nodes, { ...node, inputs: [inner], outputs: [outer] }],
  };
}

/** The graph with another name for an int8 tensor, and a float32 tensor under its old one; the node between is not in it. */
function addBorder(graph: Graph, tensor: Tensor, op: string) {
  const outer = tensor.name;
  const inner = unused(`${outer}/int8`, (name) => graph.tensors.has(name));
  const rename = (names: readonly string[]) => names.map((name) => (name === outer ? inner : name));
  const tensors = new Map<string, Tensor>();
  for (const [name, other] of graph.tensors) {
    if (name === outer) tensors.set(inner, { ...tensor, name: inner });
    else tensors.set(name, other);
  }
  tensors.set(outer, { name: outer, shape: tensor.shape, dtype: 'float32' });
  const renamed: Graph = {
    ...graph,
    tensors,
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: rename(node.inputs),
      outputs: rename(node.outputs),
    })),
    inputs: rename(graph.inputs),
    outputs: rename(graph.outputs),
  };
  const taken = (name: string) => graph.nodes.some((other) => other.name === name);
  const node: Omit<Node, 'inputs' | 'outputs'> = {
    name: unused(`${outer}/${op}`, taken),
    op,
    attributes: {},
  };
  return { renamed, inner, outer, node };
}

/** The name, or the first with a number behind it that is not taken. */
function unused(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name;
  for (let number = 2; ; number++) {
    if (!taken(`${name}_${number}`)) return `${name}_${number}`;
  }
}
