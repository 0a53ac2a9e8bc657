import fc from 'fast-check';
import type { Graph, Tensor } from '../../src/graph/types.ts';

/** An int4 weight; the extremes come up often. */
const int4Weight = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -8, max: 7 }) },
  { weight: 2, arbitrary: fc.constantFrom(-8, 7) },
);

/** `length` int4 weights, either mixed or all the same extreme, so that sums saturate. */
export function int4Weights(length: number): fc.Arbitrary<Int8Array> {
  const mixed = fc.array(int4Weight, { minLength: length, maxLength: length });
  const extreme = fc.constantFrom(-8, 7).map((value) => new Array<number>(length).fill(value));
  return fc
    .oneof({ weight: 4, arbitrary: mixed }, { weight: 1, arbitrary: extreme })
    .map((list) => Int8Array.from(list));
}

/** `length` biases of at most 2^bits. */
export function biases(length: number, bits: number): fc.Arbitrary<Int32Array> {
  return fc
    .array(fc.integer({ min: -(2 ** bits), max: 2 ** bits }), {
      minLength: length,
      maxLength: length,
    })
    .map((list) => Int32Array.from(list));
}

/** An int8 graph with its weights (every constant of int8) brought to int4, and the biases to the scales of these. */
export function withInt4Weights(graph: Graph): Graph {
  const tensors = new Map<string, Tensor>();
  for (const [name, tensor] of graph.tensors) {
    const { data, quantization } = tensor;
    if (data === undefined || quantization === undefined) {
      tensors.set(name, tensor);
      continue;
    }
    const scale = quantization.scale.map((value) => Math.fround(16 * value));
    const isBias = tensor.dtype === 'int32';
    const coarse = Array.from(data, (value) => Math.round(value / 16));
    tensors.set(name, {
      ...tensor,
      quantization: { ...quantization, scale },
      ...(isBias
        ? { data: Int32Array.from(coarse) }
        : { dtype: 'int4', data: Int8Array.from(coarse, (value) => Math.min(value, 7)) }),
    });
  }
  return { ...graph, tensors };
}
