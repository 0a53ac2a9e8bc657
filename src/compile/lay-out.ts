import { optimizeGraph } from '../graph/passes/optimize.ts';
import { setIoTypes } from '../graph/passes/set-io-types.ts';
import type { Graph, IoTypes } from '../graph/types.ts';
import type { KernelCall, Optimize, Variant } from '../ops/op.ts';
import { type Layer, prepareGraph } from '../ops/support/prepare.ts';
import { type Arena, planArena } from './buffers.ts';
import { lowerLayers } from './lower.ts';
import { planState, type StatePlan } from './state.ts';

/** What decides how a graph is laid out. */
export interface LayOutOptions extends IoTypes {
  /** What the device layout of the weights is chosen for: fewest bytes (the default) or fewest instructions. */
  readonly optimize?: Optimize | undefined;
  /** Keep every node and export `run_layer(i)`, by which a host reads every tensor of the graph. */
  readonly debug?: boolean | undefined;
}

/** A graph ready to be linked: its kernels chosen for a device, its memory planned. */
export interface LaidOut {
  /** The graph with the inputs and outputs that were asked for. */
  readonly graph: Graph;
  /** What is left of it after the passes; `layers` are its nodes. */
  readonly optimized: Graph;
  readonly layers: readonly Layer[];
  /** The scalar kernel call of each layer, null where it needs none. */
  readonly calls: readonly (KernelCall | null)[];
  readonly arena: Arena;
  readonly state: StatePlan;
}

/**
 * Chooses the scalar kernels of an int8 graph and plans its memory for them.
 * Throws a WickError where the graph is not quantized, does not fit together, or an accumulator could overflow.
 */
export function layOut(source: Graph, options: LayOutOptions = {}): LaidOut {
  const { optimize = 'size', debug = false } = options;
  const graph = setIoTypes(source, options);
  const optimized = debug ? graph : optimizeGraph(graph);
  const layers = prepareGraph(optimized);
  const lowered = lowerLayers(layers, 'scalar', optimize);
  const arena = planArena(optimized, layers, lowered);
  const calls = withoutElided(lowered, arena);
  return { graph, optimized, layers, calls, arena, state: planState(layers) };
}

/** The calls of the same layers in a variant, for the memory that was planned. */
export function callsOf({ layers, arena }: LaidOut, variant: Variant, optimize: Optimize) {
  return withoutElided(lowerLayers(layers, variant, optimize), arena);
}

function withoutElided(
  calls: readonly (KernelCall | null)[],
  { elided }: Arena,
): readonly (KernelCall | null)[] {
  return calls.map((call, layer) => (elided[layer] ? null : call));
}
