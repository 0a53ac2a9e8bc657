import { argMax } from '../arg-max.ts';
import { checkSamples, mostClasses, type Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { elementCount } from '../graph/types.ts';
import { quantizeSamples } from '../runtime/input.ts';
import type { LoadedModel } from '../runtime/model.ts';

/**
 * Int8 outputs of a model for every sample, one after another; each sample is a stateful model's first. Throws a WickError
 * where the model has more than one input or output, or the samples do not fit its input.
 */
export function inferAll(model: LoadedModel, samples: Samples, where: string): Int8Array {
  checkSamples(samples, where);
  const { description } = model;
  const [port, ...moreInputs] = description.inputs;
  const [output, ...moreOutputs] = description.outputs;
  if (!port || !output || moreInputs.length > 0 || moreOutputs.length > 0) {
    throw new WickError({
      what: 'model is no classifier of single inputs',
      where,
      expected: '1 input and 1 output',
      received: `${description.inputs.length} inputs and ${description.outputs.length} outputs`,
    });
  }
  const input = quantizeSamples(samples, port, where);
  const length = elementCount(output.shape);
  const results = new Int8Array(samples.count * length);
  for (let index = 0; index < samples.count; index++) {
    model.reset();
    results.set(model.infer([input(index)])[0] as Int8Array, index * length);
  }
  return results;
}

/** The class of each sample: where its output is greatest. Throws a WickError where there are more than 256 classes. */
export function classesOf(outputs: Int8Array | Float32Array, count: number): Uint8Array {
  const length = outputs.length / count;
  if (length > mostClasses) {
    throw new WickError({
      what: 'model has too many classes',
      expected: `at most ${mostClasses}`,
      received: `${length}`,
    });
  }
  return Uint8Array.from({ length: count }, (_, index) => argMax(outputs, index * length, length));
}
