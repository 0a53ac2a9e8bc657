import { elementCount, type Tensor } from '../../graph/types.ts';

/** The values of each output tensor, by its name: a reference gives them one output after another in one array. */
export function splitOutputs<T extends Int8Array | Float32Array>(
  outputs: readonly Tensor[],
  values: T,
): readonly (readonly [string, T])[] {
  let next = 0;
  return outputs.map(({ name, shape }) => {
    const start = next;
    next += elementCount(shape);
    return [name, values.subarray(start, next) as T] as const;
  });
}
