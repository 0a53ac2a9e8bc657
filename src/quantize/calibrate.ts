import type { Samples } from '../data/dataset.ts';
import { selectIndices } from '../data/select.ts';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Graph } from '../graph/types.ts';
import { findTensor } from '../ops/support/context.ts';
import { defaultSeed } from '../random.ts';
import { createFloatReference } from '../runtime/float.ts';
import { trainingOps } from '../train/engine/registry.generated.ts';
import { collectActivations } from '../train/session.ts';
import type { Range } from './parameters.ts';
import type { QuantizeOptions } from './quantize.ts';

/** How many samples set the ranges where nothing else is said. */
export const defaultCalibrationSamples = 512;

/** The range of each activation tensor of a float graph over calibration samples (least and greatest value). */
export function calibrate(
  graph: Graph,
  { calibration, samples = defaultCalibrationSamples, seed = defaultSeed }: QuantizeOptions,
): ReadonlyMap<string, Range> {
  if (calibration.count === 0 || samples < 1) {
    throw new WickError({ what: 'no samples to calibrate with', where: graph.name });
  }
  const ranges = new Map<string, Range>();
  const indices = selectIndices(calibration.count, samples, seed);
  const collect = runsOnEngine(graph) ? collectActivations : collectByReference;
  collect(graph, calibration, indices, (name, values) => {
    let { min, max } = ranges.get(name) ?? { min: Infinity, max: -Infinity };
    for (const value of values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    ranges.set(name, { min, max });
  });
  for (const name of graph.inputs) ranges.set(name, inputRange(calibration, indices));
  return ranges;
}

/** Whether the training kernels, which are fast, have all that a graph wants. */
function runsOnEngine(graph: Graph): boolean {
  return graph.nodes.every(({ op, inputs, attributes }) => {
    const { paddingMode = 'zeros' } = attributes as { readonly paddingMode?: string };
    const isTrainable = inputs
      .slice(1)
      .every((name) => graph.tensors.get(name)?.data !== undefined);
    return trainingOps.has(op) && isTrainable && paddingMode === 'zeros';
  });
}

/** As {@link collectActivations}, by the naive references: of any op, but slower. */
function collectByReference(
  graph: Graph,
  { data, shape, scale, zeroPoint }: Samples,
  indices: readonly number[],
  visit: (tensorName: string, values: Float32Array) => void,
): void {
  const [input, ...others] = graph.inputs.map((name) => findTensor(graph, name, graph.name));
  const wanted = formatShape([1, ...shape]);
  if (input === undefined || others.length > 0 || formatShape(input.shape) !== wanted) {
    throw new WickError({
      what: 'the samples do not fit the inputs of the graph',
      where: `graph '${graph.name}'`,
      expected: [input, ...others].map((tensor) => formatShape(tensor?.shape ?? [])).join(' and '),
      received: wanted,
    });
  }
  const run = createFloatReference(graph);
  const length = elementCount(shape);
  for (const index of indices) {
    const raw = data.subarray(index * length, (index + 1) * length);
    const values = run([Float32Array.from(raw, (value) => scale * (value - zeroPoint))]);
    for (const node of graph.nodes) {
      for (const name of node.outputs) visit(name, values.get(name) as Float32Array);
    }
  }
}

/** The range of the input: of an integer type all that it can hold, so that raw values map to int8 one to one. */
function inputRange({ data, scale, zeroPoint, shape }: Samples, indices: readonly number[]): Range {
  if (data instanceof Uint8Array)
    return { min: -scale * zeroPoint, max: scale * (255 - zeroPoint) };
  if (data instanceof Int8Array) {
    return { min: scale * (-128 - zeroPoint), max: scale * (127 - zeroPoint) };
  }
  const length = elementCount(shape);
  let min = Infinity;
  let max = -Infinity;
  for (const index of indices) {
    for (const value of data.subarray(index * length, (index + 1) * length)) {
      const real = scale * (value - zeroPoint);
      min = Math.min(min, real);
      max = Math.max(max, real);
    }
  }
  return { min, max };
}
