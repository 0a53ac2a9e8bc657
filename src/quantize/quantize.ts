import { checkSamples, type Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { optimizeGraph } from '../graph/passes/optimize.ts';
import { freeName, sameQuantization } from '../graph/rewrite.ts';
import {
  elementCount,
  type Graph,
  type Node,
  type Quantization,
  type Tensor,
} from '../graph/types.ts';
import { resolveGraph } from '../ops/support/context.ts';
import { nodeTitle } from '../ops/support/title.ts';
import { calibrate } from './calibrate.ts';
import {
  activationQuantization,
  quantizeValue,
  quantizeWeights,
  type Range,
} from './parameters.ts';
import { fixedQuantizations, groupByQuantization, opOf, separateFixed } from './share.ts';

/** How a graph is quantized. */
export interface QuantizeOptions {
  /** Samples whose activations set the ranges: training samples, never test samples. */
  readonly calibration: Samples;
  /** How many of them to use (`defaultCalibrationSamples`, or all where there are fewer). */
  readonly samples?: number | undefined;
  /** Chooses which ones. */
  readonly seed?: number | undefined;
}

/**
 * Quantizes a trained float graph to int8: weights per output channel, activations per tensor over the range that the
 * calibration samples show, biases int32. The graph is optimized first: batch normalization, biases, padding and activations go into
 * the layers before or behind them. Throws a WickError where the graph is not float
 * or has an op that cannot be quantized.
 */
export async function quantize(graph: Graph, options: QuantizeOptions): Promise<Graph> {
  checkSamples(options.calibration, `calibration samples for '${graph.name}'`);
  const optimized = optimizeGraph(graph);
  return quantizeGraph(optimized, calibrate(optimized, options));
}

/**
 * Quantizes a float graph, given the range of each activation tensor. Tensors whose values an op copies or compares (the
 * inputs of concat, maximum and minimum) get one quantization over all their ranges, as TFLite does; other constants are
 * quantized as a whole over their own. Throws a WickError where a range is missing, a constant is not finite, or an op
 * cannot be quantized after training.
 */
export function quantizeGraph(given: Graph, givenRanges: ReadonlyMap<string, Range>): Graph {
  const { graph, copies } = separateFixed(given);
  const rangeOf = (name: string) => givenRanges.get(copies.get(name) ?? name);
  const groupOf = groupByQuantization(graph);
  const fixed = fixedQuantizations(graph);
  const groupRanges = unionRanges(graph, rangeOf, groupOf);
  const tensors = new Map<string, Tensor>();
  const quantizationOf = (name: string): Quantization =>
    fixed.get(name) ?? activationQuantization(groupRanges.get(groupOf(name)) as Range);
  const activation = (name: string): Tensor => ({
    ...(graph.tensors.get(name) as Tensor),
    dtype: 'int8',
    quantization: quantizationOf(name),
  });

  for (const name of graph.inputs) tensors.set(name, activation(name));
  const nodes = resolveGraph(graph).map(({ op, context }, index) => {
    const node = graph.nodes[index] as Node;
    if (op.state !== undefined) {
      throw new WickError({
        what: 'op cannot be quantized after training',
        where: nodeTitle(node),
        expected: 'an op that keeps no state',
        hint: 'import a graph in which it is quantized already',
      });
    }
    for (const name of node.outputs) tensors.set(name, activation(name));
    const layer = op.weightInputs;
    if (layer !== undefined) {
      const weights = context.inputs[layer.weights] as Tensor;
      const bias = context.inputs[layer.bias];
      const inputScale = quantizationOf(node.inputs[0] as string).scale[0] as number;
      for (const tensor of quantizeLayer(node, weights, bias, inputScale, layer.axis ?? 0)) {
        addLayerConstant(tensors, tensor, node);
      }
      return node;
    }
    const inputs = context.inputs.map((tensor) => {
      if (tensor.data === undefined) return tensor.name;
      const quantization = op.unifiesInputs
        ? quantizationOf(node.outputs[0] as string)
        : activationQuantization(extremes(floatData(node, tensor)));
      return addConstant(tensors, graph, node, tensor, quantization);
    });
    return { ...node, inputs };
  });
  return { ...graph, tensors, nodes };
}

/** The range of each group of tensors that are quantized alike: the union of theirs, constants among them. */
function unionRanges(
  graph: Graph,
  rangeOf: (name: string) => Range | undefined,
  groupOf: (name: string) => string,
): ReadonlyMap<string, Range> {
  const ranges = new Map<string, Range>();
  const include = (group: string, { min, max }: Range) => {
    const before = ranges.get(group) ?? { min, max };
    ranges.set(group, { min: Math.min(before.min, min), max: Math.max(before.max, max) });
  };
  const includeActivation = (name: string) => {
    const range = rangeOf(name);
    if (range === undefined || !Number.isFinite(range.min) || !Number.isFinite(range.max)) {
      throw new WickError({
        what: `tensor '${name}' has no finite range`,
        where: graph.name,
        received: range === undefined ? 'none' : `${range.min} to ${range.max}`,
        hint: 'calibrate with samples that are numbers, on a graph whose weights are',
      });
    }
    include(groupOf(name), range);
  };
  for (const name of graph.inputs) includeActivation(name);
  for (const node of graph.nodes) {
    const op = opOf(node);
    const { kind } = op.outputQuantization;
    for (const name of node.outputs) {
      // What passes values on need not have been calibrated: its input's range holds them.
      if (kind === 'calibrated' || (kind === 'sameAsInput' && rangeOf(name) !== undefined))
        includeActivation(name);
      if (kind === 'none') {
        throw new WickError({
          what: 'op gives float32 values, so a float graph cannot have it',
          where: nodeTitle(node),
          hint: "take it out: 'wick compile --output-type float32' adds it to the int8 graph",
        });
      }
    }
    if (!op.unifiesInputs) continue;
    for (const name of node.inputs) {
      const tensor = graph.tensors.get(name);
      if (tensor?.data === undefined) continue;
      include(groupOf(node.outputs[0] as string), extremes(floatData(node, tensor)));
    }
  }
  return ranges;
}

function extremes(values: Float32Array): Range {
  return values.reduce<Range>(
    ({ min, max }, value) => ({ min: Math.min(min, value), max: Math.max(max, value) }),
    { min: 0, max: 0 },
  );
}

/** Adds a constant, quantized as a whole, and returns its name: a new one where it is there with another quantization. */
function addConstant(
  tensors: Map<string, Tensor>,
  graph: Graph,
  node: Node,
  tensor: Tensor,
  quantization: Quantization,
): string {
  const [scale, zeroPoint] = [quantization.scale[0] as number, quantization.zeroPoint[0] as number];
  const data = Int8Array.from(floatData(node, tensor), (value) =>
    quantizeValue(value, scale, zeroPoint),
  );
  const earlier = tensors.get(tensor.name);
  const fits = earlier === undefined || sameQuantization(earlier, { quantization });
  const isTaken = (name: string) => graph.tensors.has(name) || tensors.has(name);
  const name = fits ? tensor.name : freeName(isTaken, `${node.name}/${tensor.name}`);
  tensors.set(name, { ...tensor, name, dtype: 'int8', data, quantization });
  return name;
}

/** Adds weights or a bias; a bias has the scale of its layer's input, so one tensor cannot serve two different ones. */
function addLayerConstant(tensors: Map<string, Tensor>, tensor: Tensor, node: Node): void {
  const earlier = tensors.get(tensor.name);
  if (earlier !== undefined && !sameQuantization(earlier, tensor)) {
    throw new WickError({
      what: `'${tensor.name}' is shared with a layer that needs it quantized differently`,
      where: nodeTitle(node),
      hint: 'give each layer a tensor of its own',
    });
  }
  tensors.set(tensor.name, tensor);
}

/** The int8 weights, quantized per index of `axis`, and the int32 bias (if there is one) of a layer. */
function quantizeLayer(
  node: Node,
  weights: Tensor,
  bias: Tensor | undefined,
  inputScale: number,
  axis: number,
): Tensor[] {
  const channels = weights.shape[axis] as number;
  const quantized = quantizeWeights(
    floatData(node, weights),
    bias === undefined ? new Float32Array(channels) : floatData(node, bias),
    inputScale,
    elementCount(weights.shape.slice(axis + 1)),
  );
  const zeroPoint = new Array<number>(channels).fill(0);
  const result: Tensor[] = [
    {
      ...weights,
      dtype: 'int8',
      data: quantized.weights,
      quantization: { scale: quantized.weightScales, zeroPoint, axis },
    },
  ];
  if (bias !== undefined) {
    result.push({
      ...bias,
      dtype: 'int32',
      data: quantized.bias,
      quantization: { scale: quantized.biasScales, zeroPoint, axis: 0 },
    });
  }
  return result;
}

function floatData(node: Node, tensor: Tensor): Float32Array {
  if (!(tensor.data instanceof Float32Array)) {
    throw new WickError({
      what: `'${tensor.name}' cannot be quantized`,
      where: nodeTitle(node),
      expected: 'constant float32 data',
      received: tensor.data === undefined ? 'an activation' : tensor.dtype,
    });
  }
  // A NaN or an infinity would spread to the scale and from there to every weight of its channel.
  if (!tensor.data.every(Number.isFinite)) {
    throw new WickError({
      what: `'${tensor.name}' holds values that are not finite`,
      where: nodeTitle(node),
      hint: 'train again with a lower learning rate',
    });
  }
  return tensor.data;
}
