import type { NodeContext } from '../../ops/op.ts';
import { pad as padOp } from '../../ops/pad.ts';
import { resolveNode } from '../../ops/support/context.ts';
import { perTensor } from '../../ops/support/quantized.ts';
import { nodeTitle } from '../../ops/support/title.ts';
import { sameQuantization } from '../rewrite.ts';
import type { Graph, Node, Tensor } from '../types.ts';

/**
 * Lets a convolution or a max pool pad its input itself where a `pad` before it does so with what it would take there:
 * zeros for convolutions; for a max pool what never wins, in windows that all hold a value of the input. An average pool
 * does not count what it pads, so it stays. The `pad` stays too; where nobody reads it, it is dead code.
 */
export function foldPadding(graph: Graph): Graph {
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node])),
  );
  const nodes = graph.nodes.map((node) => {
    const [input = '', ...others] = node.inputs;
    const pad = producers.get(input);
    if (pad?.op !== 'pad' || !(node.op in takes)) return node;
    const padded = resolveNode(graph, pad).context;
    const { context } = resolveNode(graph, node);
    const around = imagePadding(padded);
    const source = producers.get(pad.inputs[0] ?? '');
    if (
      around === undefined ||
      !takes[node.op as keyof typeof takes](context, padded, around, source)
    )
      return node;
    const own = (context.attributes as WindowAttributes).padding;
    const padding = own.map((size, side) => size + (around[side] as number));
    return {
      ...node,
      inputs: [pad.inputs[0] as string, ...others],
      attributes: { ...node.attributes, padding },
    };
  });
  return { ...graph, nodes };
}

interface WindowAttributes {
  readonly kernel: readonly [number, number];
  readonly padding: readonly number[];
  readonly paddingMode?: string;
}

/** [top, bottom, left, right] of a constant pad of an image; undefined where it pads anything else. */
function imagePadding({ attributes, inputs, outputs }: NodeContext): readonly number[] | undefined {
  const { padding, mode } = attributes as {
    readonly padding: readonly (readonly [number, number])[];
    readonly mode: string;
  };
  const [batch, height, width, channels] = padding;
  const [input, output] = [inputs[0] as Tensor, outputs[0] as Tensor];
  if (mode !== 'constant' || input.shape.length !== 4) return undefined;
  if (!sameQuantization(input, output)) return undefined;
  if ([...(batch ?? []), ...(channels ?? [])].some((size) => size > 0)) return undefined;
  return [...(height ?? []), ...(width ?? [])];
}

type Takes = (
  context: NodeContext,
  pad: NodeContext,
  around: readonly number[],
  source: Node | undefined,
) => boolean;

const convolution: Takes = ({ attributes }, pad) =>
  ((attributes as WindowAttributes).paddingMode ?? 'zeros') === 'zeros' && padsZeros(pad);

const takes = {
  conv2d: convolution,
  depthwise_conv2d: convolution,
  max_pool2d(context, pad, around, source) {
    const { kernel, padding } = context.attributes as WindowAttributes;
    const sides = around.map((size, side) => size + (padding[side] as number));
    const reaches = sides.every((size, side) => size < (kernel[side >> 1] as number));
    return reaches && (isLeast(pad) || (padsZeros(pad) && isNotNegative(source)));
  },
} as const satisfies Record<string, Takes>;

const isInt8 = ({ inputs }: NodeContext) => (inputs[0] as Tensor).dtype === 'int8';

/** What a pad of an int8 tensor pads with, as its op quantizes it. */
const int8Value = (pad: NodeContext) =>
  padOp.prepare(pad as Parameters<typeof padOp.prepare>[0]).value;

function padsZeros(pad: NodeContext): boolean {
  if (!isInt8(pad)) return (pad.attributes as { readonly value: number }).value === 0;
  return int8Value(pad) === perTensor(nodeTitle(pad), pad.inputs[0] as Tensor).zeroPoint;
}

const isLeast = (pad: NodeContext) => isInt8(pad) && int8Value(pad) === -128;

/** Whether what a node makes is never negative, as it says itself. */
function isNotNegative(source: Node | undefined): boolean {
  const { activation } = (source?.attributes ?? {}) as { readonly activation?: string };
  return [source?.op, activation].some((name) => name === 'relu' || name === 'relu6');
}
