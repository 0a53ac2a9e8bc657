import type { Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import type { ActivationData } from '../graph/types.ts';
import { samplesAsInput } from '../runtime/input.ts';
import type { LoadedModel } from '../runtime/model.ts';

/** So many that a round is long beside the clock's resolution. */
const inferencesPerRound = 200;
const warmUpRounds = 3;
const rounds = 15;

/**
 * Microseconds of one inference on this host, input and output copies included: the median of several rounds after a
 * warm-up, in which the engine compiles the module for speed. Throws a WickError where there is no sample or the samples
 * do not fit the model.
 */
export function measureInference(model: LoadedModel, samples: Samples): number {
  const { name, inputs } = model.description;
  const [port] = inputs;
  if (port === undefined || samples.count === 0) {
    throw new WickError({
      what: 'nothing to time',
      where: name,
      expected: 'a model with an input, and at least one sample',
      received: `${inputs.length} inputs and ${samples.count} samples`,
    });
  }
  const input = samplesAsInput(samples, port, name);
  const values = Array.from({ length: Math.min(inferencesPerRound, samples.count) }, (_, index) => [
    input(index).slice(),
  ]);
  const round = (): number => {
    const start = performance.now();
    for (let i = 0; i < inferencesPerRound; i++) {
      model.infer(values[i % values.length] as ActivationData[]);
    }
    return ((performance.now() - start) * 1000) / inferencesPerRound;
  };
  for (let i = 0; i < warmUpRounds; i++) round();
  const times = Array.from({ length: rounds }, round).sort((a, b) => a - b);
  return times[Math.floor(rounds / 2)] as number;
}
