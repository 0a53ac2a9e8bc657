import type { Graph } from '../../../src/graph/types.ts';
import { createOpNetwork, type OpNetwork } from '../op-network.ts';

/** What an engine does otherwise than wick: values a step apart, always or at times, or no model at all; and why. */
export interface EngineLimit {
  readonly kind: 'differs' | 'mayDiffer' | 'refuses';
  readonly reason: string;
}

/** A small graph to export. */
export interface ExportCase {
  readonly title: string;
  readonly graph: Graph;
  /** TFLite's operators that have to be written for it, in order. */
  readonly operators: readonly string[];
  readonly litert?: EngineLimit;
  readonly tflm?: EngineLimit;
}

/** Adds a case of one graph to those before; what `build` returns are its outputs. */
export type AddCase = (
  title: string,
  operators: readonly string[],
  build: (net: OpNetwork) => string | readonly string[],
) => void;

/** An {@link AddCase} that adds to a list. */
export function addTo(cases: ExportCase[]): AddCase {
  return (title, operators, build) => {
    const net = createOpNetwork(cases.length + 1, { name: title });
    const outputs = build(net);
    cases.push({ title, operators, graph: net.graph([outputs].flat()) });
  };
}
