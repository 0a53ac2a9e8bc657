import { fuseActivations } from '../../src/graph/passes/fuse-activations.ts';
import { elementCount, type Graph, type Node, type Tensor } from '../../src/graph/types.ts';
import { findOp } from '../../src/ops/support/context.ts';
import type { Range } from '../../src/quantize/parameters.ts';
import { quantizeGraph } from '../../src/quantize/quantize.ts';
import { createRandom, type Random } from '../../src/random.ts';
import { createFloatReference } from '../../src/runtime/float.ts';
import { normal } from './normal.ts';

/** A small float network, grown node by node; each method returns the name of its output, which is also the node's. */
export interface Network {
  conv2d(
    name: string,
    input: string,
    options: {
      readonly channels: number;
      readonly kernel?: readonly [number, number];
      readonly stride?: readonly [number, number];
      readonly padding?: readonly [number, number, number, number];
      readonly dilation?: readonly [number, number];
      readonly groups?: number;
    },
  ): string;
  /** Windows of 2x2, side by side, unless told otherwise. */
  maxPool2d(
    name: string,
    input: string,
    options?: {
      readonly stride?: readonly [number, number];
      readonly padding?: readonly [number, number, number, number];
    },
  ): string;
  relu(name: string, input: string): string;
  flatten(name: string, input: string): string;
  dense(name: string, input: string, count: number): string;
  /** The float graph with these outputs. */
  graph(outputs: readonly string[], labels?: readonly string[]): Graph;
}

/** An empty network over one input `x`, with parameters drawn from a seed. */
export function createNetwork(seed: number, shape: readonly number[], name = 'net'): Network {
  const random = createRandom(seed);
  const tensors = new Map<string, Tensor>();
  const nodes: Node[] = [];
  tensors.set('x', { name: 'x', shape, dtype: 'float32' });

  const find = (tensor: string): Tensor => {
    const found = tensors.get(tensor);
    if (found === undefined) throw new Error(`there is no tensor '${tensor}'`);
    return found;
  };
  const parameter = (owner: string, kind: string, shape: readonly number[]): string => {
    const data = Float32Array.from({ length: elementCount(shape) }, () => normal(random) / 3);
    const tensor = `${owner}/${kind}`;
    tensors.set(tensor, { name: tensor, shape, dtype: 'float32', data });
    return tensor;
  };
  const append = (
    op: string,
    output: string,
    inputs: readonly string[],
    attributes: object,
  ): string => {
    nodes.push({ name: output, op, inputs, outputs: [output], attributes });
    const context = { name: output, op, attributes, inputs: inputs.map(find) };
    const [shape] = findOp(op, output).inferShapes(context);
    tensors.set(output, { name: output, shape: shape ?? [], dtype: 'float32' });
    return output;
  };
  return {
    conv2d(output, input, options) {
      const { channels, kernel = [3, 3], groups = 1 } = options;
      const inputChannels = find(input).shape[3] as number;
      const weights = parameter(output, 'weights', [channels, ...kernel, inputChannels / groups]);
      const bias = parameter(output, 'bias', [channels]);
      return append('conv2d', output, [input, weights, bias], {
        stride: options.stride ?? [1, 1],
        dilation: options.dilation ?? [1, 1],
        padding: options.padding ?? [0, 0, 0, 0],
        groups,
        activation: 'none',
      });
    },
    maxPool2d: (output, input, { stride = [2, 2], padding = [0, 0, 0, 0] } = {}) =>
      append('max_pool2d', output, [input], {
        kernel: [2, 2],
        stride,
        padding,
        activation: 'none',
      }),
    relu: (output, input) => append('relu', output, [input], {}),
    flatten: (output, input) =>
      append('reshape', output, [input], { shape: [1, elementCount(find(input).shape)] }),
    dense(output, input, count) {
      const weights = parameter(output, 'weights', [count, find(input).shape[1] as number]);
      const bias = parameter(output, 'bias', [count]);
      return append('dense', output, [input, weights, bias], { activation: 'none' });
    },
    graph: (outputs, labels) => ({
      name,
      tensors,
      nodes,
      inputs: ['x'],
      outputs,
      ...(labels === undefined ? {} : { labels }),
    }),
  };
}

/** Every activation of a float graph, by name, from the naive float references. */
export function runFloat(
  graph: Graph,
  inputs: readonly Float32Array[],
): ReadonlyMap<string, Float32Array> {
  return createFloatReference(graph)(inputs);
}

/** One random float input in [-1, 1) for each input of a graph. */
export function randomFloatInputs(graph: Graph, random: Random): Float32Array[] {
  return graph.inputs.map((name) => {
    const { shape } = graph.tensors.get(name) as Tensor;
    return Float32Array.from({ length: elementCount(shape) }, () => 2 * random.uniform() - 1);
  });
}

/** The ranges that the activations of a float graph take over a few random inputs in [-1, 1). */
export function observeRanges(graph: Graph): ReadonlyMap<string, Range> {
  const random = createRandom(1);
  const ranges = new Map<string, Range>();
  for (let run = 0; run < 4; run++) {
    for (const [name, values] of runFloat(graph, randomFloatInputs(graph, random))) {
      const { min, max } = ranges.get(name) ?? { min: 0, max: 0 };
      ranges.set(name, { min: Math.min(min, ...values), max: Math.max(max, ...values) });
    }
  }
  return ranges;
}

/** The int8 form of a float graph, activations fused. */
export function quantized(graph: Graph): Graph {
  const fused = fuseActivations(graph);
  return quantizeGraph(fused, observeRanges(fused));
}

/** An int8 classifier of 8x8 images: conv2d, relu, max_pool2d, reshape, dense. */
export function smallClassifier(seed: number, labels?: readonly string[]): Graph {
  const net = createNetwork(seed, [1, 8, 8, 1], 'small');
  net.conv2d('conv', 'x', { channels: 6 });
  net.relu('relu', 'conv');
  net.maxPool2d('pool', 'relu');
  net.flatten('flat', 'pool');
  net.dense('logits', 'flat', 5);
  return quantized(net.graph(['logits'], labels));
}

/** A float graph over 8x8 images with paddings that TFLite has to pad before: conv2d, relu, max_pool2d, reshape, dense. */
export function unevenlyPadded(): Graph {
  const net = createNetwork(3, [1, 8, 8, 2]);
  net.conv2d('conv', 'x', { channels: 4, padding: [2, 0, 1, 1] });
  net.relu('relu', 'conv');
  net.maxPool2d('pool', 'relu', { padding: [0, 1, 1, 0] });
  net.flatten('flat', 'pool');
  net.dense('y', 'flat', 3);
  return net.graph(['y']);
}

/** One random int8 input for each input of a graph. */
export function randomInputs(graph: Graph, random: Random): Int8Array[] {
  return graph.inputs.map((name) => {
    const { shape } = graph.tensors.get(name) as Tensor;
    return Int8Array.from({ length: elementCount(shape) }, () => random.integer(256) - 128);
  });
}
