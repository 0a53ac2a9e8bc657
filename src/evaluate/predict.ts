import type { Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { quantizeSamples } from '../runtime/input.ts';
import type { LoadedModel } from '../runtime/model.ts';
import { argMax } from './metrics.ts';

/** Int8 outputs of a model for every sample, one after another. */
export function inferAll(model: LoadedModel, samples: Samples, where: string): Int8Array {
  const { description } = model;
  const [port, ...moreInputs] = description.inputs;
  const [output] = description.outputs;
  if (port === undefined || output === undefined || moreInputs.length > 0) {
    throw new WickError({
      what: 'model is no classifier of single inputs',
      where,
      expected: '1 input and 1 output',
      received: `${description.inputs.length} and ${description.outputs.length}`,
    });
  }
  const input = quantizeSamples(samples, port, where);
  const length = output.shape.reduce((product, extent) => product * extent, 1);
  const results = new Int8Array(samples.count * length);
  for (let index = 0; index < samples.count; index++) {
    results.set(model.infer([input(index)])[0] as Int8Array, index * length);
  }
  return results;
}

/** The class of each sample: where its output is greatest. */
export function classesOf(outputs: Int8Array | Float32Array, count: number): Uint8Array {
  const length = outputs.length / count;
  return Uint8Array.from({ length: count }, (_, index) => argMax(outputs, index * length, length));
}
