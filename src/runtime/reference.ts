import { WickError } from '../errors.ts';
import { elementCount, type Graph } from '../graph/types.ts';
import { findTensor } from '../ops/support/context.ts';
import { splitOutputs } from '../ops/support/outputs.ts';
import { prepareGraph } from '../ops/support/prepare.ts';
import { createState, resetState } from '../ops/support/state.ts';

/** An int8 graph that runs by the naive reference of each op, and what it keeps from one inference to the next. */
export interface ReferenceRun {
  /**
   * Runs one inference with the values of the graph's inputs in their order; returns every activation tensor, by name.
   * Throws a WickError where the inputs do not fit.
   */
  (inputs: readonly Int8Array[]): ReadonlyMap<string, Int8Array>;
  /** Makes the next inference the first. */
  reset(): void;
}

/**
 * Prepares an int8 graph for runs by the naive references: the oracle for compiled modules. Throws a WickError where the
 * graph does not fit together or is not quantized.
 */
export function createReference(graph: Graph): ReferenceRun {
  const layers = prepareGraph(graph);
  const lengths = graph.inputs.map((name) =>
    elementCount(findTensor(graph, name, graph.name).shape),
  );
  const states = layers.map(({ state }) => createState(state));
  const run = (inputs: readonly Int8Array[]): ReadonlyMap<string, Int8Array> => {
    if (inputs.length !== lengths.length || inputs.some(({ length }, i) => length !== lengths[i])) {
      throw new WickError({
        what: 'inputs do not fit the graph',
        where: graph.name,
        expected: `${lengths.join(' and ')} values`,
        received: inputs.map(({ length }) => length).join(' and ') || 'none',
      });
    }
    const values = new Map(graph.inputs.map((name, i) => [name, inputs[i] as Int8Array]));
    layers.forEach(({ op, parameters, activations, context }, layer) => {
      const operands = activations.map(({ name }) => values.get(name) as Int8Array);
      const output = op.reference(parameters, operands, states[layer]);
      for (const [name, data] of splitOutputs(context.outputs, output)) values.set(name, data);
    });
    return values;
  };
  const reset = () => {
    layers.forEach(({ state }, layer) => {
      resetState(state, states[layer] ?? []);
    });
  };
  return Object.assign(run, { reset });
}
