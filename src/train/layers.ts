import * as v from 'valibot';
import { mostClasses } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import {
  byteLength,
  elementCount,
  formatShape,
  type Graph,
  type Node,
  type Tensor,
} from '../graph/types.ts';
import { resolveNode } from '../ops/support/context.ts';
import { nodeTitle } from '../ops/support/title.ts';
import type { Padding, Pair } from '../ops/support/window.ts';
import { createRandom, type Random } from '../random.ts';
import { check, seedSchema, wholeNumber } from '../schema.ts';
import {
  type Layer,
  type LayerOf,
  type LayerSettings,
  layersSchema,
  mostExtent,
} from './layer-schema.ts';

/**
 * A 2-D convolution. `padding` is of zeros; `groups` equal to the input's channels makes it depthwise. Defaults: stride,
 * dilation and groups 1, no padding, with bias.
 */
export const conv2d = (settings: LayerSettings<'conv2d'>): LayerOf<'conv2d'> => ({
  type: 'conv2d',
  ...settings,
});

/** max(x, 0). */
export const relu = (): LayerOf<'relu'> => ({ type: 'relu' });

/** The maximum over each window; the stride is the kernel's size where it is not given. */
export const maxPool2d = (settings: LayerSettings<'maxPool2d'>): LayerOf<'maxPool2d'> => ({
  type: 'maxPool2d',
  ...settings,
});

/** An image (height, width, channels) as one vector in that order. */
export const flatten = (): LayerOf<'flatten'> => ({ type: 'flatten' });

/** A fully connected layer; with bias where nothing else is said. */
export const dense = (settings: LayerSettings<'dense'>): LayerOf<'dense'> => ({
  type: 'dense',
  ...settings,
});

/** What {@link buildGraph} needs. */
export interface NetworkDescription {
  readonly name: string;
  /** [height, width, channels]. */
  readonly inputShape: readonly number[];
  readonly layers: readonly Layer[];
  /** The class names, one for each number of the last layer's output. */
  readonly labels: readonly string[];
  /** Decides the initial parameters. */
  readonly seed: number;
}

const networkSchema = v.object({
  inputShape: v.pipe(v.array(wholeNumber(1, mostExtent)), v.minLength(1)),
  layers: layersSchema,
  seed: seedSchema,
});

/** The most that one tensor may take, in bytes: what training needs is several times that of all of them. */
const mostTensorBytes = 2 ** 28;

/**
 * Makes the float graph of a list of layers. Nodes are called after their type and position ('conv2d_1'), and their
 * output tensors after them. Weights and biases start uniform in plus or minus 1 / sqrt(fan in), as PyTorch's
 * convolutions and linear layers do. Throws a WickError that names the setting that is wrong, the layer whose input does
 * not fit it, or the tensor that is too large.
 */
export function buildGraph(description: NetworkDescription): Graph {
  const { name, inputShape, layers, labels } = description;
  check(networkSchema, description, `network '${name}'`);
  if (labels.length > mostClasses) {
    throw new WickError({
      what: 'too many classes',
      where: `network '${name}'`,
      expected: `at most ${mostClasses} labels`,
      received: `${labels.length}`,
    });
  }
  const random = createRandom(description.seed);
  const input: Tensor = { name: 'input', shape: [1, ...inputShape], dtype: 'float32' };
  checkBytes(input, `network '${name}'`);
  const tensors = new Map([[input.name, input]]);
  const nodes: Node[] = [];
  let value = input;

  layers.forEach((layer, index) => {
    const { op, attributes, parameters } = describeLayer(layer, value);
    const node: Node = {
      name: `${layer.type}_${index + 1}`,
      op,
      inputs: [
        value.name,
        ...parameters.map(({ suffix }) => `${layer.type}_${index + 1}/${suffix}`),
      ],
      outputs: [`${layer.type}_${index + 1}/output`],
      attributes,
    };
    checkGroups(layer, node, value);
    const constants = parameters.map(({ shape, fanIn }, i): Tensor => {
      const tensor = { name: node.inputs[i + 1] as string, shape, dtype: 'float32' } as const;
      checkBytes(tensor, nodeTitle(node));
      return { ...tensor, data: uniform(random, elementCount(shape), 1 / Math.sqrt(fanIn)) };
    });
    for (const tensor of constants) tensors.set(tensor.name, tensor);
    const [output] = node.outputs as [string];
    // The op infers its output from the inputs alone, so the node is resolved before it has one.
    const resolved = resolveNode(
      { name, tensors, nodes, inputs: [], outputs: [] },
      { ...node, outputs: [] },
    );
    const [shape] = resolved.op.inferShapes(resolved.context) as [readonly number[]];
    value = { name: output, shape, dtype: 'float32' };
    checkBytes(value, nodeTitle(node));
    tensors.set(output, value);
    nodes.push(node);
  });

  if (value.shape.length !== 2 || value.shape[1] !== labels.length) {
    throw new WickError({
      what: 'the last layer does not give one number for each class',
      where: `network '${name}'`,
      expected: `1x${labels.length} (${labels.length} labels)`,
      received: formatShape(value.shape),
    });
  }
  return { name, tensors, nodes, inputs: [input.name], outputs: [value.name], labels };
}

interface LayerParameter {
  readonly suffix: 'weights' | 'bias';
  readonly shape: readonly number[];
  /** How many numbers each output is a sum of. */
  readonly fanIn: number;
}

/** The op of a layer, with the shapes of its parameters for this input. */
function describeLayer(
  layer: Layer,
  input: Tensor,
): { op: string; attributes: object; parameters: readonly LayerParameter[] } {
  switch (layer.type) {
    case 'conv2d': {
      const { outChannels, stride = 1, padding = 0, dilation = 1, groups = 1, bias } = layer;
      const kernel = toPair(layer.kernelSize);
      const shape = [outChannels, ...kernel, (input.shape.at(-1) ?? 1) / groups];
      const attributes = {
        stride: toPair(stride),
        dilation: toPair(dilation),
        padding: toPadding(padding),
        groups,
        activation: 'none',
      };
      return { op: 'conv2d', attributes, parameters: weightsAndBias(shape, bias) };
    }
    case 'dense': {
      const attributes = { activation: 'none' };
      const shape = [layer.units, input.shape.at(-1) ?? 1];
      return { op: 'dense', attributes, parameters: weightsAndBias(shape, layer.bias) };
    }
    case 'maxPool2d': {
      const attributes = {
        kernel: toPair(layer.kernelSize),
        stride: toPair(layer.stride ?? layer.kernelSize),
        padding: toPadding(0),
        activation: 'none',
      };
      return { op: 'max_pool2d', attributes, parameters: [] };
    }
    case 'flatten':
      return {
        op: 'reshape',
        attributes: { shape: [1, elementCount(input.shape)] },
        parameters: [],
      };
    case 'relu':
      return { op: 'relu', attributes: {}, parameters: [] };
  }
}

/** Weights are [outputs, ...] and each output sums over all the rest. */
function weightsAndBias(shape: readonly number[], bias = true): readonly LayerParameter[] {
  const fanIn = elementCount(shape.slice(1));
  const weights: LayerParameter = { suffix: 'weights', shape, fanIn };
  return bias ? [weights, { suffix: 'bias', shape: shape.slice(0, 1), fanIn }] : [weights];
}

/** Channels that the groups cannot share out would give weights of a fractional shape. */
function checkGroups(layer: Layer, node: Node, input: Tensor): void {
  if (layer.type !== 'conv2d') return;
  const { groups = 1 } = layer;
  const channels = input.shape.at(-1) ?? 1;
  if (channels % groups === 0) return;
  throw new WickError({
    what: `${groups} groups cannot share the input's channels`,
    where: nodeTitle(node),
    expected: `a divisor of ${channels} (input ${formatShape(input.shape)})`,
    received: `${groups}`,
  });
}

function checkBytes(tensor: Tensor, where: string): void {
  const bytes = byteLength(tensor);
  if (bytes <= mostTensorBytes) return;
  throw new WickError({
    what: `tensor '${tensor.name}' is too large`,
    where,
    expected: `at most ${mostTensorBytes} bytes`,
    received: `${bytes} for ${formatShape(tensor.shape)} ${tensor.dtype}`,
    hint: 'use fewer channels or units, or reduce the image before this layer',
  });
}

function uniform(random: Random, count: number, bound: number): Float32Array {
  return Float32Array.from({ length: count }, () => (2 * random.uniform() - 1) * bound);
}

function toPair(sizes: number | readonly [number, number]): Pair {
  return typeof sizes === 'number' ? [sizes, sizes] : sizes;
}

function toPadding(borders: NonNullable<LayerOf<'conv2d'>['padding']>): Padding {
  if (typeof borders === 'number') return [borders, borders, borders, borders];
  if (borders.length === 4) return borders;
  const [vertical, horizontal] = borders;
  return [vertical, vertical, horizontal, horizontal];
}
