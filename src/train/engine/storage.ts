import { byteLength } from '../../graph/types.ts';
import type { NodeContext } from '../../ops/op.ts';
import { isConstant } from '../../ops/support/context.ts';
import type { TrainingOp } from './plan.ts';
import { activations, type Program } from './program.ts';

/** Tensors that share one buffer, and how long its content must live. */
export interface Storage {
  readonly tensors: readonly string[];
  /** Bytes for one image. */
  readonly bytes: number;
  /** Whether a gradient reaches these tensors because a parameter lies before them. */
  readonly isTrained: boolean;
  /** Whether the values of all images of the batch must be there at once. */
  readonly keepValue: boolean;
  /** The same for the gradients. */
  readonly keepGradient: boolean;
}

interface Group {
  readonly bytes: number;
  readonly tensors: string[];
  readonly runs: Set<number>;
  isTrained: boolean;
  isWholeBatch: boolean;
  isReadBackward: boolean;
}

/** Decides which tensors share a buffer, and which of them live in memory for one image only. */
export function planStorage(
  program: Program,
  nodes: readonly { readonly node: NodeContext; readonly op: TrainingOp }[],
  { training, everyTensor }: { readonly training: boolean; readonly everyTensor: boolean },
): readonly Storage[] {
  const groups = new Map<string, Group>();
  const join = (name: string, group: Group): Group => {
    group.tensors.push(name);
    groups.set(name, group);
    return group;
  };
  const create = (bytes: number, isWholeBatch: boolean): Group => ({
    bytes,
    tensors: [],
    runs: new Set(),
    isTrained: false,
    isWholeBatch,
    isReadBackward: false,
  });
  const inputGroup = join(program.input.name, create(byteLength(program.input), true));

  let run = 0;
  nodes.forEach(({ node, op }, index) => {
    if (op.scope !== nodes[index - 1]?.op.scope) run++;
    const [output] = node.outputs;
    const [source] = activations(node).map(({ name }) => groups.get(name));
    if (output === undefined || source === undefined) return;

    // What has been marked so far is what the producer of the source reads: that must not be overwritten.
    const mayOverwrite = source !== inputGroup && !source.isReadBackward && !everyTensor;
    const shares = op.output === 'shared' || (op.output === 'inPlace' && mayOverwrite);
    const target = join(output.name, shares ? source : create(byteLength(output), false));
    target.isTrained ||= source.isTrained || node.inputs.some(isConstant);
    source.isReadBackward ||= op.backwardReads.includes('input');
    target.isReadBackward ||= op.backwardReads.includes('output');
    for (const group of [source, target]) {
      group.runs.add(run);
      group.isWholeBatch ||= op.scope === 'batch';
    }
  });

  const logitsGroup = groups.get(program.logits.name);
  return [...new Set(groups.values())].map((group) => {
    const keepGradient = group.isWholeBatch || group.runs.size > 1 || group === logitsGroup;
    return {
      tensors: group.tensors,
      bytes: group.bytes,
      isTrained: group.isTrained,
      keepValue: keepGradient || everyTensor || (training && group.isReadBackward),
      keepGradient,
    };
  });
}
