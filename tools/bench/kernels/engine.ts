import type { LayerInstance } from './instance.ts';

/** One round: microseconds of a run, on average over some milliseconds, and of a run without any layer. */
export interface Round {
  readonly run: number;
  readonly besides: number;
}

/** A layer made ready in one engine. */
export interface Session {
  /** The output for the instance's inputs. */
  output(): Promise<Int8Array>;
  /** How often a run computes the layer. */
  readonly layersPerRun: number;
  round(): Promise<Round>;
  close(): Promise<void>;
}

/** What a layer is measured in. */
export interface Engine {
  readonly name: string;
  /** The ways in which the engine can run the layer; the fastest one counts. None where it cannot. */
  open(instance: LayerInstance): Promise<readonly Session[]>;
}

/**
 * A round of about `milliseconds`: how many microseconds one call of `run` takes. Calls are grouped so that the clock,
 * which has steps, is read seldom.
 */
export function timeCalls(run: () => void, milliseconds: number): number {
  let group = 1;
  for (;;) {
    const start = performance.now();
    for (let i = 0; i < group; i++) run();
    const elapsed = performance.now() - start;
    if (elapsed >= milliseconds) return (elapsed * 1000) / group;
    // Towards the wanted length, but never by more than eight times: early calls are slower than later ones.
    const wanted = elapsed > 0 ? (1.2 * milliseconds) / elapsed : 8;
    group = Math.ceil(group * Math.min(wanted, 8));
  }
}

/** {@link timeCalls} for a function that gives a promise. */
export async function timeRuns(run: () => Promise<unknown>, milliseconds: number): Promise<number> {
  const start = performance.now();
  for (let count = 1; ; count++) {
    await run();
    const elapsed = performance.now() - start;
    if (elapsed >= milliseconds) return (elapsed * 1000) / count;
  }
}
