import { WickError } from '../../errors.ts';
import { checkGraph } from '../../graph/check.ts';
import type { Graph, Tensor } from '../../graph/types.ts';
import type { StateTensor } from '../op.ts';
import { isConstant, type ResolvedNode, resolveGraph } from './context.ts';
import { checkFloatBorders } from './float_border.ts';
import { perTensor } from './quantized.ts';
import { nodeTitle } from './title.ts';

/** A node of an int8 graph, ready to run or to compile: its operator, tensors and int8 parameters. */
export interface Layer extends ResolvedNode {
  readonly parameters: unknown;
  /** The activation inputs, in order; constants are left out. */
  readonly activations: readonly Tensor[];
  /** What the op keeps from one inference to the next. */
  readonly state: readonly StateTensor[];
}

/**
 * Checks, resolves and prepares every node of an int8 graph. Throws a WickError where the graph is not sound, is not
 * quantized but for float32 at its borders, or an output's quantization is not what its op gives.
 */
export function prepareGraph(graph: Graph): readonly Layer[] {
  checkGraph(graph, graph.name);
  checkFloatBorders(graph);
  return resolveGraph(graph).map((node) => {
    const { op, context } = node;
    const [input] = context.inputs;
    if (input === undefined || isConstant(input)) {
      throw new WickError({
        what: 'the first input is a constant',
        where: nodeTitle(context),
        expected: 'an activation',
        received: input === undefined ? 'no input' : `'${input.name}'`,
      });
    }
    checkOutputQuantization(node, input);
    const parameters = op.prepare(context);
    return {
      ...node,
      parameters,
      state: op.state?.(parameters) ?? [],
      activations: context.inputs.filter((tensor) => !isConstant(tensor)),
    };
  });
}

/**
 * Kernels of ops that pass values on, or fix their output's scale, take that scale for granted. Throws a WickError where an
 * output has another one.
 */
export function checkOutputQuantization({ op, context }: ResolvedNode, input: Tensor): void {
  const where = nodeTitle(context);
  const rule = op.outputQuantization;
  if (rule.kind === 'calibrated' || rule.kind === 'none') return;
  const expected = rule.kind === 'fixed' ? rule : perTensor(where, input);
  for (const output of context.outputs) {
    const { scale, zeroPoint } = perTensor(where, output);
    if (scale === expected.scale && zeroPoint === expected.zeroPoint) continue;
    throw new WickError({
      what: `output '${output.name}' has another quantization than the op gives`,
      where,
      expected: `scale ${expected.scale}, zero point ${expected.zeroPoint}`,
      received: `scale ${scale}, zero point ${zeroPoint}`,
    });
  }
}
