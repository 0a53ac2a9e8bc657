import { dataHint, fitsInput, type Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Graph } from '../graph/types.ts';
import { findTensor, resolveGraph } from '../ops/support/context.ts';
import { splitOutputs } from '../ops/support/outputs.ts';

/**
 * A float graph that runs by the naive reference of each op: slow, but every op has one. The returned function takes the
 * values of the graph's inputs in their order and gives every activation tensor, by name. Throws a WickError where the graph
 * does not fit together or a tensor is not float32.
 */
export function createFloatReference(
  graph: Graph,
): (inputs: readonly Float32Array[]) => ReadonlyMap<string, Float32Array> {
  for (const { name, dtype } of graph.tensors.values()) {
    if (dtype === 'float32') continue;
    throw new WickError({
      what: 'not a float graph',
      where: `graph '${graph.name}', tensor '${name}'`,
      expected: 'float32',
      received: dtype,
    });
  }
  const nodes = resolveGraph(graph);
  return (inputs) => {
    const values = new Map(graph.inputs.map((name, i) => [name, inputs[i] as Float32Array]));
    for (const { op, context } of nodes) {
      const operands = context.inputs.map(({ name, data }) => data ?? values.get(name));
      const output = op.referenceFloat(context, operands as Float32Array[]);
      for (const [name, data] of splitOutputs(context.outputs, output)) values.set(name, data);
    }
    return values;
  };
}

/**
 * Runs a float graph of one input over samples by {@link createFloatReference}; for each of `indices` in order, `visit` gets
 * every tensor. Throws a WickError where the samples do not fit.
 */
export function forEachSample(
  graph: Graph,
  { data, shape, scale, zeroPoint }: Samples,
  indices: ArrayLike<number>,
  visit: (values: ReadonlyMap<string, Float32Array>) => void,
): void {
  const [input, ...others] = graph.inputs;
  const wanted = findTensor(graph, input ?? '', graph.name).shape;
  const length = elementCount(shape);
  const fits = fitsInput(shape, wanted);
  if (!fits || others.length > 0) {
    throw new WickError({
      what: 'the samples do not fit the input of the graph',
      where: `graph '${graph.name}'`,
      expected: others.length > 0 ? 'one input' : formatShape(wanted),
      received: others.length > 0 ? `${graph.inputs.length}` : formatShape([1, ...shape]),
      ...(fits ? {} : { hint: dataHint }),
    });
  }
  const run = createFloatReference(graph);
  for (const index of Array.from(indices)) {
    const raw = data.subarray(index * length, (index + 1) * length);
    visit(run([Float32Array.from(raw, (value) => scale * (value - zeroPoint))]));
  }
}
