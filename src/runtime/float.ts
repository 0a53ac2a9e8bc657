import type { Graph } from '../graph/types.ts';
import { resolveGraph } from '../ops/support/context.ts';
import { splitOutputs } from '../ops/support/outputs.ts';

/** A float graph that runs by the naive float reference of each op; see {@link createFloatReference}. */
export type FloatReferenceRun = (
  inputs: readonly Float32Array[],
) => ReadonlyMap<string, Float32Array>;

/**
 * Prepares a float graph for runs by the naive float references: slow, but of any op. A run takes the values of the
 * graph's inputs in their order and gives every activation, by name. Throws a WickError where the graph does not fit
 * together.
 */
export function createFloatReference(graph: Graph): FloatReferenceRun {
  const nodes = resolveGraph(graph);
  return (inputs) => {
    const values = new Map(graph.inputs.map((name, i) => [name, inputs[i] as Float32Array]));
    for (const { op, context } of nodes) {
      const operands = context.inputs.map(({ name, data }) => data ?? values.get(name));
      const results = op.referenceFloat(context, operands as Float32Array[]);
      for (const [name, output] of splitOutputs(context.outputs, results)) values.set(name, output);
    }
    return values;
  };
}
