import { createHash } from 'node:crypto';
import { packInt4 } from './int4.ts';
import { byteLength, elementCount, type Graph, type Tensor, type TensorData } from './types.ts';

/** The constants of a graph, in the order in which its nodes use them. */
function constants(graph: Graph): readonly Tensor[] {
  const names = new Set(graph.nodes.flatMap((node) => node.inputs));
  return [...names]
    .map((name) => graph.tensors.get(name))
    .filter((tensor) => tensor?.data !== undefined) as Tensor[];
}

/** Bytes of the constants themselves, before any packing for kernels; an int4 constant has half a byte a value. */
export function canonicalWeightsBytes(graph: Graph): number {
  return constants(graph).reduce((sum, tensor) => sum + byteLength(tensor), 0);
}

/** The number of trained values: weights and biases. */
export function countParameters(graph: Graph, inputs?: readonly string[]): number {
  const names = inputs ?? graph.nodes.flatMap((node) => node.inputs);
  return [...new Set(names)]
    .map((name) => graph.tensors.get(name))
    .reduce((sum, tensor) => sum + (tensor?.data ? elementCount(tensor.shape) : 0), 0);
}

/**
 * The identity of a graph's weights: the SHA-256 of their bytes as they lie on disk (int4 two a byte), the same in every
 * layout.
 */
export function weightsSha256(graph: Graph): string {
  const hash = createHash('sha256');
  for (const { dtype, data } of constants(graph)) {
    const bytes = dtype === 'int4' ? packInt4(data as Int8Array) : (data as TensorData);
    hash.update(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }
  return hash.digest('hex');
}
