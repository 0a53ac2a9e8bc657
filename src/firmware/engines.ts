import type { Graph } from '../graph/types.ts';
import type { Checks } from '../native/kernels.ts';
import type { Optimize } from '../ops/op.ts';
import type { Cpu } from './boards.ts';

/** The engines that a firmware can hold, by the names of their folders in `firmware/engine`. */
export const engineNames = ['native'] as const;

/** One of {@link engineNames}. */
export type EngineName = (typeof engineNames)[number];

/** How a model's C is made. */
export interface ModelOptions {
  readonly checks: Checks;
  readonly optimize: Optimize;
  /** The core that it is for: what a Cortex-M4 multiplies in a cycle takes others several, or many instructions. */
  readonly cpu: Cpu;
}

/** What an engine says of the C that it wrote for a model, in bytes on the board. */
export interface WrittenModel {
  readonly arenaBytes: number;
  /** All RAM of the model: arena, state, and what the engine adds. */
  readonly memoryBytes: number;
  /** Weights and constants as they lie in flash. */
  readonly weightsBytes: number;
  /** The names of the files with code: all but `wick_weights.c`. */
  readonly codeFiles: readonly string[];
}

/**
 * Writes a model's C into a folder: `wick_model.h`, `wick_weights.c`, and the code. Throws a WickError where the graph is
 * none that the engine runs.
 */
export type WriteModel = (
  graph: Graph,
  directory: string,
  options: ModelOptions,
) => Promise<WrittenModel>;
