import { createHash } from 'node:crypto';
import { elementCount, type Graph, type TensorData } from './types.ts';

/** The constants of a graph, in the order in which its nodes use them. */
export function constants(graph: Graph): readonly TensorData[] {
  const names = new Set(graph.nodes.flatMap((node) => node.inputs));
  return [...names].flatMap((name) => graph.tensors.get(name)?.data ?? []);
}

/** Bytes of the constants themselves, before any packing. */
export function canonicalWeightsBytes(graph: Graph): number {
  return constants(graph).reduce((sum, data) => sum + data.byteLength, 0);
}

/** The number of trained values: weights and biases. */
export function countParameters(graph: Graph, inputs?: readonly string[]): number {
  const names = inputs ?? graph.nodes.flatMap((node) => node.inputs);
  return [...new Set(names)]
    .map((name) => graph.tensors.get(name))
    .reduce((sum, tensor) => sum + (tensor?.data ? elementCount(tensor.shape) : 0), 0);
}

/** The identity of a graph's weights: the SHA-256 of their bytes, the same in every layout. */
export function weightsSha256(graph: Graph): string {
  const hash = createHash('sha256');
  for (const data of constants(graph)) {
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
