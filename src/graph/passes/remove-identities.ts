import type { AnyOp, NodeContext } from '../../ops/op.ts';
import { resolveNode } from '../../ops/support/context.ts';
import { sameQuantization, withInputs } from '../rewrite.ts';
import { formatShape, type Graph, type Node, type Tensor } from '../types.ts';

/**
 * Leaves out nodes that give their first input back, byte for byte. Where such a node makes an output of the graph, the
 * node before takes over the output's name, if nothing else holds its own; else the node stays.
 */
export function removeIdentities(graph: Graph): Graph {
  const outputs = new Set(graph.outputs);
  const nodes: Node[] = [];
  const made = new Set<string>();
  // What stands for a tensor that no node makes any more.
  const stands = new Map<string, string>();
  // The outputs of the graph whose names other tensors take over in the end.
  const names = new Map<string, string>();
  const standFor = (name: string) => stands.get(name) ?? name;
  const nameOf = (name: string) => names.get(name) ?? name;
  for (const given of graph.nodes) {
    const node = withInputs(given, standFor);
    const [input] = node.inputs as [string];
    const [output] = node.outputs as [string];
    const canRename = made.has(input) && !outputs.has(nameOf(input));
    const isRemoved = isIdentity(resolveNode(graph, node)) && (!outputs.has(output) || canRename);
    if (isRemoved) {
      stands.set(output, input);
      if (outputs.has(output)) names.set(input, output);
    } else {
      for (const name of node.outputs) made.add(name);
      nodes.push(node);
    }
  }
  const taken = new Set(names.values());
  const tensors = new Map(
    [...graph.tensors].filter(
      ([name]) => taken.has(name) || !(stands.has(name) || names.has(name)),
    ),
  );
  const renamed = nodes.map((node) => ({
    ...withInputs(node, nameOf),
    outputs: node.outputs.map(nameOf),
  }));
  return { ...graph, tensors, nodes: renamed };
}

type Test = (context: NodeContext) => boolean;

const attribute = <T>(context: NodeContext, name: string): T =>
  (context.attributes as Readonly<Record<string, T>>)[name] as T;
const always: Test = () => true;

/** Ops that copy, by name: whether one copies all elements to their own places, given that the shape stays. */
const copies: Readonly<Record<string, Test>> = {
  reshape: always,
  // Where the shape stays and only axes of one element move, so does the order.
  transpose: (context) => {
    const { shape } = context.inputs[0] as Tensor;
    const moved = attribute<readonly number[]>(context, 'permutation').filter(
      (axis) => shape[axis] !== 1,
    );
    return moved.every((axis, i) => i === 0 || axis > (moved[i - 1] as number));
  },
  pad: always,
  strided_slice: (context) =>
    attribute<readonly number[]>(context, 'strides').every(
      (stride, axis) => stride === 1 || (context.inputs[0] as Tensor).shape[axis] === 1,
    ),
  split: always,
  concat: ({ inputs }) => inputs.length === 1,
  max_pool2d: isWindowOfOne,
  average_pool2d: isWindowOfOne,
};

function isWindowOfOne(context: NodeContext): boolean {
  const kernel = attribute<readonly number[]>(context, 'kernel');
  const padding = attribute<readonly number[]>(context, 'padding');
  const isFree = attribute<string>(context, 'activation') === 'none';
  return isFree && [...kernel, ...padding.map((size) => size + 1)].every((size) => size === 1);
}

/** Ops that map each int8 value on its own, and thus can be tried out with all 256. */
const maps = new Set([
  ...['relu', 'relu6', 'relu_n1_to_1', 'leaky_relu', 'quantize', 'hard_swish'],
  ...['add', 'sub', 'mul', 'maximum', 'minimum'],
]);

function isIdentity({
  op,
  context,
}: {
  readonly op: AnyOp;
  readonly context: NodeContext;
}): boolean {
  const { inputs, outputs } = context;
  const [input] = inputs as readonly [Tensor];
  const [output] = outputs as readonly [Tensor];
  const keeps =
    outputs.length === 1 &&
    input.data === undefined &&
    input.dtype === output.dtype &&
    formatShape(input.shape) === formatShape(output.shape);
  if (!keeps) return false;
  // Of float values, `quantize` only says how they shall be quantized.
  if (op.name === 'quantize' && input.dtype === 'float32') return true;
  if (!sameQuantization(input, output)) return false;
  if (copies[op.name]?.(context)) return true;
  return input.dtype === 'int8' && maps.has(op.name) && keepsAllValues(op, context);
}

/** Whether an op that maps each value on its own gives all 256 back, with each of its constant's values. */
function keepsAllValues(op: AnyOp, context: NodeContext): boolean {
  const [input, constant] = context.inputs as readonly [Tensor, Tensor | undefined];
  const values = Int8Array.from({ length: 256 }, (_, byte) => byte - 128);
  const shape = [values.length];
  const constants: (readonly Tensor[])[] = [[]];
  if (constant !== undefined) {
    if (!(constant.data instanceof Int8Array)) return false;
    constants.length = 0;
    for (const value of new Set(constant.data)) {
      constants.push([{ ...constant, shape: [1], data: Int8Array.of(value) }]);
    }
  }
  return constants.every((others) => {
    const parameters = op.prepare({
      ...context,
      inputs: [{ ...input, shape }, ...others],
      outputs: [{ ...(context.outputs[0] as Tensor), shape }],
    });
    return op.reference(parameters, [values]).every((value, i) => value === values[i]);
  });
}
