import type { Samples } from '../data/dataset.ts';
import { quantizeSamples } from '../runtime/input.ts';
import type { LoadedModel } from '../runtime/model.ts';

/** A round must last this long to be told apart from the clock's noise. */
const inferencesPerRound = 200;
const rounds = 15;

/**
 * Microseconds of one inference on this host, input and output copies included: the median of several rounds after a
 * warm-up, in which the engine compiles the module for speed.
 */
export function measureInference(model: LoadedModel, samples: Samples): number {
  const [port] = model.description.inputs;
  if (port === undefined || samples.count === 0) return 0;
  const input = quantizeSamples(samples, port, model.description.name);
  const round = (): number => {
    let spent = 0;
    for (let i = 0; i < inferencesPerRound; i++) {
      const values = [input(i % samples.count)];
      const start = performance.now();
      model.infer(values);
      spent += performance.now() - start;
    }
    return (spent * 1000) / inferencesPerRound;
  };
  for (let i = 0; i < 3; i++) round();
  const times = Array.from({ length: rounds }, round).sort((a, b) => a - b);
  return times[Math.floor(rounds / 2)] as number;
}
