import type { GraphBuilder } from '../operation.ts';
import type { Value } from '../values.ts';

const sameShape = (a: readonly number[], b: readonly number[]) => a.join() === b.join();

/** A tensor under another shape: itself, or what a reshape makes of it. */
export function reshaped(graph: GraphBuilder, value: Value, shape: readonly number[]): Value {
  if (sameShape(value.shape, shape)) return value;
  const result = graph.temporary(value, shape);
  graph.node('reshape', [value], [result], { shape });
  return result;
}

/** Calls `make` with an output of another shape, and brings what it makes to the output's own. */
export function makeReshaped(
  graph: GraphBuilder,
  output: Value,
  shape: readonly number[],
  make: (output: Value) => void,
): void {
  if (sameShape(output.shape, shape)) {
    make(output);
    return;
  }
  const result = graph.temporary(output, shape);
  make(result);
  graph.node('reshape', [result], [output], { shape: output.shape });
}
