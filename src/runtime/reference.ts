import type { Graph } from '../graph/types.ts';
import { isConstant, resolveGraph } from '../ops/support/context.ts';

/** Runs an int8 graph by the naive reference of each op; returns every activation tensor, by name. */
export type ReferenceRun = (inputs: readonly Int8Array[]) => ReadonlyMap<string, Int8Array>;

/** Prepares an int8 graph for runs by the naive references: the oracle for compiled modules. */
export function createReference(graph: Graph): ReferenceRun {
  const layers = resolveGraph(graph).map(({ op, context }) => ({
    op,
    parameters: op.prepare(context),
    inputs: context.inputs.filter((tensor) => !isConstant(tensor)).map(({ name }) => name),
    output: context.outputs[0]?.name ?? '',
  }));
  return (inputs) => {
    const values = new Map(graph.inputs.map((name, i) => [name, inputs[i] ?? new Int8Array(0)]));
    for (const { op, parameters, inputs: names, output } of layers) {
      const operands = names.map((name) => values.get(name) as Int8Array);
      values.set(output, op.reference(parameters, operands));
    }
    return values;
  };
}
