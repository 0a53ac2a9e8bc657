import { findOp } from '../../ops/support/context.ts';
import { countReaders, freeName } from '../rewrite.ts';
import { elementCount, type Graph, type Node, type Tensor } from '../types.ts';

/** Ops whose output channels are those of their weights, with a bias added to each and an activation last. */
const layers = new Set(['conv2d', 'depthwise_conv2d', 'dense', 'transpose_conv2d']);

/** What one constant a channel does to a layer: factors of its weights, and its bias from the old one. */
const foldings: Readonly<
  Record<string, { readonly scales: boolean; bias(old: number, value: number): number }>
> = {
  mul: { scales: true, bias: (old, value) => old * value },
  add: { scales: false, bias: (old, value) => old + value },
  sub: { scales: false, bias: (old, value) => old - value },
};

/**
 * Folds batch normalization and biases of a float graph: a product, sum or difference with one constant a channel (or one
 * for all) behind a convolution or a dense layer goes into its weights and bias. The layer takes over the output, so that
 * tensors keep their names. A chain, as converters make of a batch normalization, is folded as a whole.
 */
export function foldBatchNorm(graph: Graph): Graph {
  const readers = countReaders(graph);
  const tensors = new Map(graph.tensors);
  const nodes: Node[] = [];
  const makers = new Map<string, number>();
  for (const node of graph.nodes) {
    const [input = ''] = node.inputs;
    const index = makers.get(input) ?? -1;
    const layer = nodes[index];
    const values =
      layer !== undefined && readers.get(input) === 1 && isLinear(layer, tensors)
        ? channelValues(node, tensors)
        : undefined;
    const isFolded = layer !== undefined && values !== undefined;
    for (const name of node.outputs) makers.set(name, isFolded ? index : nodes.length);
    if (!isFolded) {
      nodes.push(node);
      continue;
    }
    nodes[index] = fold(layer, node, values, tensors, readers);
    tensors.delete(input);
  }
  return { ...graph, tensors, nodes };
}

/** Whether a node is a layer of constants without an activation, which would stand between it and what comes next. */
function isLinear({ op, inputs, attributes }: Node, tensors: ReadonlyMap<string, Tensor>): boolean {
  const { activation = 'none' } = attributes as { readonly activation?: string };
  const constants = inputs.slice(1).map((name) => tensors.get(name)?.data);
  const isConstant = constants.every((data) => data instanceof Float32Array);
  return layers.has(op) && activation === 'none' && isConstant;
}

/** The constant of a node for each channel of its output, undefined where it cannot be folded. */
function channelValues(
  { op, inputs, outputs }: Node,
  tensors: ReadonlyMap<string, Tensor>,
): Float32Array | undefined {
  const [input, constant] = inputs.map((name) => tensors.get(name));
  const output = tensors.get(outputs[0] ?? '');
  if (!(op in foldings) || !(constant?.data instanceof Float32Array)) return undefined;
  const channels = input?.shape.at(-1) as number;
  const count = elementCount(constant.shape);
  const isByChannel = count === 1 || (count === channels && constant.shape.at(-1) === channels);
  if (!isByChannel || input?.shape.join() !== output?.shape.join()) return undefined;
  const { data } = constant;
  return Float32Array.from({ length: channels }, (_, c) => data[count === 1 ? 0 : c] as number);
}

/** The layer with `node` folded in; its new constants are put into `tensors`. */
function fold(
  layer: Node,
  node: Node,
  values: Float32Array,
  tensors: Map<string, Tensor>,
  readers: Map<string, number>,
): Node {
  const { scales, bias: fromOld } = foldings[node.op] as (typeof foldings)[string];
  const {
    weights: weightIndex,
    bias: biasIndex,
    axis = 0,
  } = findOp(layer.op, layer.name).weightInputs as {
    readonly weights: number;
    readonly bias: number;
    readonly axis?: number;
  };
  const inputs = [...layer.inputs];
  // A constant that another layer reads too stays as it is.
  const replace = (index: number, name: string, make: (old: Tensor | undefined) => Tensor) => {
    const old = tensors.get(inputs[index] ?? '');
    const isOwn = old !== undefined && readers.get(old.name) === 1;
    const next = isOwn
      ? old.name
      : freeName((taken) => tensors.has(taken), `${layer.name}/${name}`);
    tensors.set(next, { ...make(old), name: next });
    readers.set(next, 1);
    inputs[index] = next;
  };
  if (scales) {
    replace(weightIndex, 'weights', (old) => {
      const { shape, data } = old as Tensor;
      const stride = elementCount(shape.slice(axis + 1));
      const scaled = (data as Float32Array).map(
        (weight, i) => weight * (values[Math.floor(i / stride) % values.length] as number),
      );
      return { ...(old as Tensor), data: scaled };
    });
  }
  if (!scales || inputs[biasIndex] !== undefined) {
    replace(biasIndex, 'bias', (old) => ({
      name: '',
      shape: [values.length],
      dtype: 'float32',
      data: values.map((value, c) => fromOld((old?.data?.[c] as number | undefined) ?? 0, value)),
    }));
  }
  const { activation = 'none' } = node.attributes as { readonly activation?: string };
  return {
    ...layer,
    inputs,
    outputs: node.outputs,
    attributes: { ...layer.attributes, activation },
  };
}
