import { findOp } from '../../ops/support/context.ts';
import { nodeTitle } from '../../ops/support/title.ts';
import type { Graph, Node } from '../types.ts';

/**
 * Moves each activation into the op whose output only it reads. The fused op takes over the activation's output, so
 * that tensors keep their names.
 */
export function fuseActivations(graph: Graph): Graph {
  const readers = new Map<string, number>();
  for (const name of [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs]) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const tensors = new Map(graph.tensors);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const { activation } = findOp(node.op, nodeTitle(node));
    const input = node.inputs[0] ?? '';
    const index = nodes.findIndex((other) => other.outputs.includes(input));
    const producer = nodes[index];
    if (activation !== undefined && producer !== undefined && readers.get(input) === 1) {
      if (findOp(producer.op, nodeTitle(producer)).fusesActivation && isUnfused(producer)) {
        const attributes = { ...producer.attributes, activation };
        nodes[index] = { ...producer, attributes, outputs: node.outputs };
        tensors.delete(input);
        continue;
      }
    }
    nodes.push(node);
  }
  return { ...graph, tensors, nodes };
}

function isUnfused(node: Node): boolean {
  const { activation } = node.attributes as { readonly activation?: string };
  return activation === undefined || activation === 'none';
}
