import { WickError } from '../errors.ts';
import { type ActivationData, elementCount, type Graph } from '../graph/types.ts';
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
  (inputs: readonly ActivationData[]): ReadonlyMap<string, ActivationData>;
  /** Makes the next inference the first. */
  reset(): void;
}

const typeOf = (values: ActivationData) => (values instanceof Float32Array ? 'float32' : 'int8');

/**
 * Prepares an int8 graph for runs by the naive references: the oracle for compiled modules. Throws a WickError where the
 * graph does not fit together or is not quantized.
 */
export function createReference(graph: Graph): ReferenceRun {
  const layers = prepareGraph(graph);
  const ports = graph.inputs.map((name) => {
    const { dtype, shape } = findTensor(graph, name, graph.name);
    return { dtype, length: elementCount(shape) };
  });
  const fits = (input: ActivationData, index: number) =>
    input.length === ports[index]?.length && typeOf(input) === ports[index]?.dtype;
  const states = layers.map(({ state }) => createState(state));
  const run = (inputs: readonly ActivationData[]): ReadonlyMap<string, ActivationData> => {
    if (inputs.length !== ports.length || !inputs.every(fits)) {
      const list = (all: readonly string[]) => all.join(' and ') || 'none';
      throw new WickError({
        what: 'inputs do not fit the graph',
        where: graph.name,
        expected: list(ports.map(({ length, dtype }) => `${length} ${dtype} values`)),
        received: list(inputs.map((input) => `${input.length} ${typeOf(input)} values`)),
      });
    }
    const values = new Map(graph.inputs.map((name, i) => [name, inputs[i] as ActivationData]));
    layers.forEach(({ op, parameters, activations, context }, layer) => {
      const operands = activations.map(({ name }) => values.get(name) as ActivationData);
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
