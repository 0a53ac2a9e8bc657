import { checkGraph } from '../check.ts';
import type { Graph } from '../types.ts';
import { foldBatchNorm } from './fold-batch-norm.ts';
import { foldConstants } from './fold-constants.ts';
import { foldPadding } from './fold-padding.ts';
import { fuseActivations } from './fuse-activations.ts';
import { orderOperands } from './order-operands.ts';
import { removeDeadCode } from './remove-dead-code.ts';
import { removeIdentities } from './remove-identities.ts';

const passes = [
  removeDeadCode,
  foldConstants,
  orderOperands,
  removeIdentities,
  foldPadding,
  foldBatchNorm,
  fuseActivations,
] as const;

/**
 * A graph that does the same with fewer nodes: all passes, over and over until none finds anything more. Of an int8 graph
 * every output keeps its bytes; of a float graph its values, up to the rounding of folded weights. Inputs and outputs keep
 * their names.
 *
 * @throws WickError where the graph is not sound, or a node's attributes or inputs are not what its op wants
 */
export function optimizeGraph(graph: Graph): Graph {
  checkGraph(graph, graph.name);
  for (let current = graph; ; ) {
    const optimized = passes.reduce((before, pass) => {
      const after = pass(before);
      checkGraph(after, `${graph.name} after ${pass.name}`);
      return after;
    }, current);
    if (JSON.stringify(optimized.nodes) === JSON.stringify(current.nodes)) return optimized;
    current = optimized;
  }
}
