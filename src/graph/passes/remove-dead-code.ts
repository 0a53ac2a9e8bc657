import type { Graph } from '../types.ts';

/** Leaves out nodes that no output of the graph needs, and tensors that nothing holds any more. Inputs of the graph stay. */
export function removeDeadCode(graph: Graph): Graph {
  const needed = new Set(graph.outputs);
  const nodes = [...graph.nodes]
    .reverse()
    .filter(({ inputs, outputs }) => {
      if (!outputs.some((name) => needed.has(name))) return false;
      for (const name of inputs) needed.add(name);
      return true;
    })
    .reverse();
  const held = new Set([
    ...graph.inputs,
    ...graph.outputs,
    ...nodes.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]),
  ]);
  const tensors = new Map([...graph.tensors].filter(([name]) => held.has(name)));
  return { ...graph, nodes, tensors };
}
