import { argMax } from '../arg-max.ts';
import { checkSamples, mostClasses, type Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { type ActivationData, elementCount } from '../graph/types.ts';
import { samplesAsInput } from '../runtime/input.ts';
import type { LoadedModel } from '../runtime/model.ts';

/**
 * Outputs of a model for every sample, one after another; each sample is a stateful model's first. Throws a WickError
 * where the model has more than one input or output, or the samples do not fit its input.
 */
export function inferAll(model: LoadedModel, samples: Samples, where: string): ActivationData {
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
  const input = samplesAsInput(samples, port, where);
  const length = elementCount(output.shape);
  const count = samples.count * length;
  const results = output.dtype === 'float32' ? new Float32Array(count) : new Int8Array(count);
  for (let index = 0; index < samples.count; index++) {
    model.reset();
    results.set(model.infer([input(index)])[0] as ActivationData, index * length);
  }
  return results;
}

/** The class of each sample: where its output is greatest. Throws a WickError where there are more than 256 classes. */
export function classesOf(outputs: ActivationData, count: number): Uint8Array {
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
