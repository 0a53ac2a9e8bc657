import { WickError } from '../errors.ts';
import type { Graph, Tensor } from '../graph/types.ts';
import type { KernelCall, Optimize, Variant } from '../ops/op.ts';
import { isConstant, nodeTitle, type ResolvedNode, resolveGraph } from '../ops/support/context.ts';

/** A node ready to compile: its operator, tensors and int8 parameters. */
export interface Layer extends ResolvedNode {
  readonly parameters: unknown;
  /** The activation inputs, in order; constants are left out. */
  readonly activations: readonly Tensor[];
}

/** Resolves and prepares every node of an int8 graph. */
export function prepareLayers(graph: Graph): readonly Layer[] {
  const float = graph.nodes
    .flatMap((node) => [...node.inputs, ...node.outputs])
    .find((name) => graph.tensors.get(name)?.dtype === 'float32');
  if (float !== undefined) {
    throw new WickError({
      what: 'graph is not quantized',
      where: graph.name,
      expected: 'int8 tensors',
      received: `float32 tensor '${float}'`,
      hint: "run 'wick quantize' first",
    });
  }
  return resolveGraph(graph).map((node) => ({
    ...node,
    parameters: node.op.prepare(node.context),
    activations: node.context.inputs.filter((tensor) => !isConstant(tensor)),
  }));
}

/** The kernel call of each layer, null where a layer costs nothing. */
export function lowerLayers(
  layers: readonly Layer[],
  variant: Variant,
  optimize: Optimize,
): readonly (KernelCall | null)[] {
  return layers.map(({ op, context, parameters }) => {
    try {
      return op.lower(parameters, variant, optimize);
    } catch (error) {
      if (!(error instanceof WickError)) throw error;
      throw new WickError({ ...error.problem, where: nodeTitle(context) });
    }
  });
}
