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
  const typed = inputType === 'float32' ? quantizeInputs(graph) : graph;
  return outputType === 'float32' ? dequantizeOutputs(typed) : typed;
}

const find = (graph: Graph, name: string) => findTensor(graph, name, graph.name);

function quantizeInputs(graph: Graph): Graph {
  const { renamed, borders } = addBorders(graph, graph.inputs, 'quantize');
  const nodes = borders.map(
    ({ inner, outer, node }): Node => ({
      ...node,
      inputs: [outer],
      outputs: [inner],
    }),
  );
  return { ...renamed, inputs: graph.inputs, nodes: [...nodes, ...renamed.nodes] };
}

function dequantizeOutputs(graph: Graph): Graph {
  const { renamed, borders } = addBorders(graph, graph.outputs, 'dequantize');
  const nodes = borders.map(
    ({ inner, outer, node }): Node => ({
      ...node,
      inputs: [inner],
      outputs: [outer],
    }),
  );
  return { ...renamed, outputs: graph.outputs, nodes: [...renamed.nodes, ...nodes] };
}

/**
 * The graph with other names for those of its tensors that are int8, and float32 tensors under their old ones; the nodes
 * between are not in it.
 */
function addBorders(graph: Graph, names: readonly string[], op: string) {
  const takenTensors = new Set(graph.tensors.keys());
  const takenNodes = new Set(graph.nodes.map(({ name }) => name));
  const inner = new Map<string, string>();
  for (const name of new Set(names)) {
    if (find(graph, name).dtype === 'int8') inner.set(name, takeName(`${name}/int8`, takenTensors));
  }
  const borders = [...inner].map(([outer, name]) => ({
    inner: name,
    outer,
    node: { name: takeName(`${outer}/${op}`, takenNodes), op, attributes: {} },
  }));
  const renameOne = (name: string) => inner.get(name) ?? name;
  const rename = (list: readonly string[]) => list.map(renameOne);
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of graph.tensors) {
    const next = renameOne(name);
    tensors.set(next, next === name ? tensor : { ...tensor, name: next });
  }
  for (const name of inner.keys()) {
    tensors.set(name, { name, shape: find(graph, name).shape, dtype: 'float32' });
  }
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
  return { renamed, borders };
}

/** The name, or the first with a number behind it that is not taken; it is taken then. */
function takeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free); number++) free = `${name}_${number}`;
  taken.add(free);
  return free;
}
