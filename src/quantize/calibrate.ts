import type { Samples } from '../data/dataset.ts';
import { selectIndices } from '../data/select.ts';
import { WickError } from '../errors.ts';
import { elementCount, type Graph } from '../graph/types.ts';
import { defaultSeed } from '../random.ts';
import { forEachSample } from '../runtime/float.ts';
import { collectActivations, runsOnEngine } from '../train/session.ts';
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
  const visit = (name: string, values: Float32Array) => {
    let { min, max } = ranges.get(name) ?? { min: Infinity, max: -Infinity };
    for (const value of values) {
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    ranges.set(name, { min, max });
  };
  if (runsOnEngine(graph)) {
    collectActivations(graph, calibration, indices, visit);
  } else {
    forEachSample(graph, calibration, indices, (values) => {
      for (const [name, data] of values) visit(name, data);
    });
  }
  for (const name of graph.inputs) ranges.set(name, inputRange(calibration, indices));
  return ranges;
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
