import { findOp } from '../../ops/support/context.ts';
import { nodeTitle } from '../../ops/support/title.ts';
import { countReaders, sameQuantization } from '../rewrite.ts';
import type { Graph, Node, Tensor } from '../types.ts';

/**
 * Moves each activation into the op whose output only it reads. The fused op takes over the activation's output, so
 * that tensors keep their names. Quantized tensors have to be quantized alike before and behind the activation: only
 * then does the fused one give the same bytes.
 */
export function fuseActivations(graph: Graph): Graph {
  const readers = countReaders(graph);
  const tensors = new Map(graph.tensors);
  const nodes: Node[] = [];
  const makers = new Map<string, number>();
  for (const node of graph.nodes) {
    const { activation } = findOp(node.op, nodeTitle(node));
    const input = node.inputs[0] ?? '';
    const index = makers.get(input) ?? -1;
    const producer = nodes[index];
    if (activation !== undefined && producer !== undefined && readers.get(input) === 1) {
      const [before, behind] = [input, node.outputs[0] ?? ''].map((name) => tensors.get(name));
      const isAlike = sameQuantization(before as Tensor, behind as Tensor);
      const fuses = findOp(producer.op, nodeTitle(producer)).fusesActivation;
      if (fuses && isAlike && isUnfused(producer)) {
        const attributes = { ...producer.attributes, activation };
        nodes[index] = { ...producer, attributes, outputs: node.outputs };
        for (const name of node.outputs) makers.set(name, index);
        tensors.delete(input);
        continue;
      }
    }
    for (const name of node.outputs) makers.set(name, nodes.length);
    nodes.push(node);
  }
  return { ...graph, tensors, nodes };
}

function isUnfused(node: Node): boolean {
  const { activation } = node.attributes as { readonly activation?: string };
  return activation === undefined || activation === 'none';
}
