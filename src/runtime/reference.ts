import { WickError } from '../errors.ts';
import { elementCount, type Graph } from '../graph/types.ts';
import { findTensor } from '../ops/support/context.ts';
import { prepareGraph } from '../ops/support/prepare.ts';

/**
 * Runs an int8 graph by the naive reference of each op, with the values of its inputs in their order; returns every
 * activation tensor, by name. Throws a WickError where the inputs do not fit.
 */
export type ReferenceRun = (inputs: readonly Int8Array[]) => ReadonlyMap<string, Int8Array>;

/**
 * Prepares an int8 graph for runs by the naive references: the oracle for compiled modules. Throws a WickError where the
 * graph does not fit together or is not quantized.
 */
export function createReference(graph: Graph): ReferenceRun {
  const layers = prepareGraph(graph);
  const lengths = graph.inputs.map((name) =>
    elementCount(findTensor(graph, name, graph.name).shape),
  );
  return (inputs) => {
    if (inputs.length !== lengths.length || inputs.some(({ length }, i) => length !== lengths[i])) {
      throw new WickError({
        what: 'inputs do not fit the graph',
        where: graph.name,
        expected: `${lengths.join(' and ')} values`,
        received: inputs.map(({ length }) => length).join(' and ') || 'none',
      });
    }
    const values = new Map(graph.inputs.map((name, i) => [name, inputs[i] as Int8Array]));
    for (const { op, parameters, activations, context } of layers) {
      const operands = activations.map(({ name }) => values.get(name) as Int8Array);
      values.set(context.outputs[0]?.name ?? '', op.reference(parameters, operands));
    }
    return values;
  };
}
