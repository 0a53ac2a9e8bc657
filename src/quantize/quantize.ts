import { checkSamples, type Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { checkGraph } from '../graph/check.ts';
import { fuseActivations } from '../graph/passes/fuse-activations.ts';
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
import { activationQuantization, quantizeWeights, type Range } from './parameters.ts';

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
 * calibration samples show, biases int32. Activations are fused first. Throws a WickError where the graph is not float
 * or has an op that cannot be quantized.
 */
export async function quantize(graph: Graph, options: QuantizeOptions): Promise<Graph> {
  checkGraph(graph, graph.name);
  checkSamples(options.calibration, `calibration samples for '${graph.name}'`);
  const fused = fuseActivations(graph);
  const ranges = calibrate(fused, options);
  return quantizeGraph(fused, ranges);
}

/** Quantizes a float graph, given the range of each activation tensor. */
export function quantizeGraph(graph: Graph, ranges: ReadonlyMap<string, Range>): Graph {
  const tensors = new Map<string, Tensor>();
  const quantizationOf = (name: string): Quantization => {
    const quantization = tensors.get(name)?.quantization;
    if (quantization === undefined) {
      throw new WickError({
        what: `tensor '${name}' is used before it is made`,
        where: graph.name,
      });
    }
    return quantization;
  };
  const addActivation = (name: string, quantization: Quantization): void => {
    const tensor = graph.tensors.get(name) as Tensor;
    tensors.set(name, { ...tensor, dtype: 'int8', quantization });
  };
  const fromRange = (name: string): Quantization => {
    const range = ranges.get(name);
    if (range === undefined || !Number.isFinite(range.min) || !Number.isFinite(range.max)) {
      throw new WickError({
        what: `tensor '${name}' has no finite range`,
        where: graph.name,
        received: range === undefined ? 'none' : `${range.min} to ${range.max}`,
        hint: 'calibrate with samples that are numbers, on a graph whose weights are',
      });
    }
    return activationQuantization(range);
  };
  for (const name of graph.inputs) addActivation(name, fromRange(name));
  resolveGraph(graph).forEach(({ op, context }, index) => {
    const node = graph.nodes[index] as Node;
    for (const name of node.outputs) {
      if (op.outputQuantization.kind === 'sameAsInput') {
        addActivation(name, quantizationOf(node.inputs[0] as string));
      } else if (op.outputQuantization.kind === 'fixed') {
        const { scale, zeroPoint } = op.outputQuantization;
        addActivation(name, { scale: [scale], zeroPoint: [zeroPoint] });
      } else if (op.outputQuantization.kind === 'none') {
        throw new WickError({
          what: 'op gives float32 values, so a float graph cannot have it',
          where: nodeTitle(node),
          hint: "take it out: 'wick compile --output-type float32' adds it to the int8 graph",
        });
      } else {
        addActivation(name, fromRange(name));
      }
    }
    if (op.weightInputs === undefined) return;
    const weights = context.inputs[op.weightInputs.weights] as Tensor;
    const bias = context.inputs[op.weightInputs.bias];
    const inputScale = quantizationOf(node.inputs[0] as string).scale[0] as number;
    const axis = op.weightInputs.axis ?? 0;
    for (const tensor of quantizeLayer(node, weights, bias, inputScale, axis)) {
      const earlier = tensors.get(tensor.name);
      // A bias has the scale of its layer's input: one tensor cannot serve two layers with different scales.
      if (earlier !== undefined && !sameQuantization(earlier, tensor)) {
        throw new WickError({
          what: `'${tensor.name}' is shared with a layer that needs it quantized differently`,
          where: nodeTitle(node),
          hint: 'give each layer a tensor of its own',
        });
      }
      tensors.set(tensor.name, tensor);
    }
  });
  return { ...graph, tensors };
}

function sameQuantization(a: Tensor, b: Tensor): boolean {
  return JSON.stringify(a.quantization) === JSON.stringify(b.quantization);
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
