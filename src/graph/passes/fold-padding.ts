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
 * does not count what it pads, so it stays. Pads of an image with the same value behind one another become one. The first
 * `pad` stays too; where nobody reads it, it is dead code.
 */
export function foldPadding(graph: Graph): Graph {
  const producers = new Map<string, Node>();
  const nodes = graph.nodes.map((node) => {
    const folded = fold(graph, node, producers);
    for (const name of folded.outputs) producers.set(name, folded);
    return folded;
  });
  return { ...graph, nodes };
}

/** The node with all pads before it that it can take: few, as those alike are one by now. */
function fold(graph: Graph, node: Node, producers: ReadonlyMap<string, Node>): Node {
  const [input = '', ...others] = node.inputs;
  const pad = producers.get(input);
  if (pad?.op !== 'pad' || !(node.op in takes)) return node;
  const padded = resolveNode(graph, pad).context;
  const { context } = resolveNode(graph, node);
  const around = imagePadding(padded);
  const [from = ''] = pad.inputs;
  const isTaken = takes[node.op as keyof typeof takes];
  if (around === undefined || !isTaken(context, padded, around, producers.get(from))) return node;
  const attributes = { ...node.attributes, padding: addPadding(context, around) };
  return fold(graph, { ...node, inputs: [from, ...others], attributes }, producers);
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

/** The padding of a node that pads its input by so much more, as its op has it. */
function addPadding({ op, attributes }: NodeContext, around: readonly number[]): unknown {
  const { padding } = attributes as { readonly padding: readonly (number | readonly number[])[] };
  // A pad has a pair for each axis of [batch, height, width, channels], a window [top, bottom, left, right].
  const own = padding.flat();
  const more = op === 'pad' ? [0, 0, ...around, 0, 0] : around;
  const sums = own.map((size, side) => size + (more[side] as number));
  return op === 'pad' ? padding.map((_, axis) => sums.slice(2 * axis, 2 * axis + 2)) : sums;
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
  pad: (context, pad) => imagePadding(context) !== undefined && padValue(context) === padValue(pad),
} as const satisfies Record<string, Takes>;

const isInt8 = ({ inputs }: NodeContext) => (inputs[0] as Tensor).dtype === 'int8';

/** What a pad pads with, of an int8 tensor as its op quantizes it. */
const padValue = (pad: NodeContext) =>
  isInt8(pad)
    ? padOp.prepare(pad as Parameters<typeof padOp.prepare>[0]).value
    : (pad.attributes as { readonly value: number }).value;

const padsZeros = (pad: NodeContext) =>
  padValue(pad) ===
  (isInt8(pad) ? perTensor(nodeTitle(pad), pad.inputs[0] as Tensor).zeroPoint : 0);

const isLeast = (pad: NodeContext) => isInt8(pad) && padValue(pad) === -128;

/** Whether what a node makes is never negative, as it says itself. */
function isNotNegative(source: Node | undefined): boolean {
  const { activation } = (source?.attributes ?? {}) as { readonly activation?: string };
  return [source?.op, activation].some((name) => name === 'relu' || name === 'relu6');
}
