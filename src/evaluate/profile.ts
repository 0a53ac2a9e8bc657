import type { LayerDescription } from '../compile/description.ts';
import type { Variant } from '../ops/op.ts';
import { createRandom } from '../random.ts';
import { type DebugModel, stepThrough } from '../runtime/tap.ts';

/** Inferences that are timed, where nothing else is said. */
export const defaultProfileRuns = 100;

/** How long an engine is given to compile a module for speed. */
const warmUpMilliseconds = 500;

/** What one layer takes on this host, beside what the compiler knows of it. */
export interface LayerProfile extends LayerDescription {
  /** The median of all runs; 0 where the layer has no kernel. */
  readonly microseconds: number;
  /** Of the sum over all layers, 0 to 1. */
  readonly share: number;
  /** 10^9 multiply-accumulates a second; null where the layer has none. */
  readonly gmacPerSecond: number | null;
}

/** Where a model's time goes. */
export interface Profile {
  readonly name: string;
  readonly variant: Variant;
  readonly runs: number;
  /** The sum of the layers' medians. */
  readonly microseconds: number;
  readonly macs: number;
  readonly gmacPerSecond: number | null;
  readonly layers: readonly LayerProfile[];
}

/**
 * Times each layer of a debug build on this host: the median of `runs` inferences over seeded noise, after a warm-up in
 * which the engine compiles the module for speed. Each time includes the call of `run_layer`. `onProgress` is called with
 * the share that is done, 0 to 1.
 */
export function profile(
  model: DebugModel,
  {
    runs = defaultProfileRuns,
    onProgress = () => {},
  }: {
    readonly runs?: number | undefined;
    readonly onProgress?: (done: number) => void;
  } = {},
): Profile {
  const { name, macs } = model.description;
  const { layers, tensors, variant } = model.debug;
  const random = createRandom(1);
  const inputs = tensors
    .filter(({ layer }) => layer === null)
    .map(({ bytes }) => Uint8Array.from({ length: bytes }, () => random.integer(256)));
  const times = layers.map(() => new Float64Array(runs));
  const runAll = (index: number) =>
    stepThrough(model, inputs, (layer, run) => {
      const start = performance.now();
      run();
      (times[layer] as Float64Array)[index] = performance.now() - start;
    });
  const begin = performance.now();
  do {
    runAll(0);
    onProgress(Math.min(0.5, (0.5 * (performance.now() - begin)) / warmUpMilliseconds));
  } while (performance.now() - begin < warmUpMilliseconds);
  for (let index = 0; index < runs; index++) {
    runAll(index);
    onProgress(0.5 + (0.5 * (index + 1)) / runs);
  }
  const medians = times.map((all, layer) =>
    layers[layer]?.kernel === null ? 0 : 1000 * (all.sort()[Math.floor(runs / 2)] as number),
  );
  const microseconds = medians.reduce((sum, time) => sum + time, 0);
  const rate = (count: number, time: number) =>
    count === 0 || time === 0 ? null : count / time / 1000;
  return {
    name,
    variant,
    runs,
    microseconds,
    macs,
    gmacPerSecond: rate(macs, microseconds),
    layers: layers.map((layer, index) => {
      const time = medians[index] as number;
      return {
        ...layer,
        microseconds: time,
        share: microseconds === 0 ? 0 : time / microseconds,
        gmacPerSecond: rate(layer.macs, time),
      };
    }),
  };
}
