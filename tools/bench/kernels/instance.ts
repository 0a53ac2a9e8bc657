import { elementCount, type Quantization, type Tensor } from '../../../src/graph/types.ts';
import type { KernelCall, NodeContext, Op, Optimize, Variant } from '../../../src/ops/op.ts';
import { ops } from '../../../src/ops/registry.generated.ts';
import { createRandom, type Random } from '../../../src/random.ts';
import type { Layer } from './layers.ts';

/** A layer with values: what an engine needs to run it, and the answer that it must give. */
export interface LayerInstance {
  readonly layer: Layer;
  /** The node with its tensors: int8, with weights per output channel, where there are any. */
  readonly context: NodeContext;
  /** One array for each activation that comes in. */
  readonly inputs: readonly Int8Array[];
  /** What the op's reference makes of the inputs. */
  readonly expected: Int8Array;
  /** What there is to do: multiply-accumulates, or elements (those that come in) where an op has none. */
  readonly work: { readonly count: number; readonly unit: 'MAC' | 'elem' };
  /** The kernel call that wick links for this layer. Throws where it has none. */
  lower(variant: Variant, optimize: Optimize): KernelCall;
}

const perTensor = (scale: number, zeroPoint: number): Quantization => ({
  scale: [Math.fround(scale)],
  zeroPoint: [zeroPoint],
});

function randomInt8(random: Random, count: number, low = -128): Int8Array {
  return Int8Array.from({ length: count }, () => low + random.integer(128 - low));
}

const activation = (
  name: string,
  shape: readonly number[],
  quantization: Quantization,
): Tensor => ({
  name,
  shape,
  dtype: 'int8',
  quantization,
});

const inputScale = 1 / 64;

/** Random weights from -127 to 127, a scale for each output channel, and biases of a few hundred products. */
function randomWeights(layer: Layer, shape: readonly number[], random: Random): Tensor[] {
  // Only the weights of a depthwise convolution have their output channels last.
  const axis = layer.op === 'depthwise_conv2d' ? shape.length - 1 : 0;
  const channels = shape[axis] as number;
  const scale = Array.from({ length: channels }, () =>
    Math.fround(0.002 + 0.006 * random.uniform()),
  );
  const zeroPoint = new Array<number>(channels).fill(0);
  return [
    {
      name: 'weights',
      shape,
      dtype: 'int8',
      quantization: { scale, zeroPoint, axis },
      data: randomInt8(random, elementCount(shape), -127),
    },
    {
      name: 'bias',
      shape: [channels],
      dtype: 'int32',
      quantization: { scale: scale.map((s) => Math.fround(s * inputScale)), zeroPoint, axis: 0 },
      data: Int32Array.from({ length: channels }, () => random.integer(8001) - 4000),
    },
  ];
}

/** An output quantization with which random inputs and weights use most of the range and saturate now and then. */
function outputQuantization(op: Op, input: Tensor, taps: number): Quantization {
  const rule = op.outputQuantization;
  if (rule.kind === 'sameAsInput') return input.quantization as Quantization;
  if (rule.kind === 'fixed') return perTensor(rule.scale, rule.zeroPoint);
  // A weight is around 0.005 * 73, an input around 74 / 64: the sum's deviation takes 40 steps.
  const deviation = taps === 0 ? 1.6 : 0.43 * Math.sqrt(taps);
  return perTensor(deviation / 40, -10);
}

/** A layer with reproducible random values: the same layer has the same ones on every host. */
export function instantiate(layer: Layer): LayerInstance {
  const op = ops.get(layer.op) as Op;
  const random = createRandom(1);
  const activations = layer.inputs.map((shape, index) =>
    activation(`input ${index}`, shape, perTensor(inputScale / (index + 1), index - 3)),
  );
  const { weights } = layer;
  const constants = weights === undefined ? [] : randomWeights(layer, weights, random);
  const tensors = [...activations, ...constants];
  const node = { name: layer.name, op: layer.op, attributes: layer.attributes, inputs: tensors };
  const [shape] = op.inferShapes(node) as [readonly number[]];
  const taps = weights === undefined ? 0 : elementCount(weights) / (shape.at(-1) as number);
  const quantization = outputQuantization(op, activations[0] as Tensor, taps);
  const context: NodeContext = { ...node, outputs: [activation('output', shape, quantization)] };
  const parameters = op.prepare(context);
  const inputs = layer.inputs.map((input) => randomInt8(random, elementCount(input)));
  const macs = op.macs(context);
  return {
    layer,
    context,
    inputs,
    expected: op.reference(parameters, inputs),
    work:
      macs > 0
        ? { count: macs, unit: 'MAC' }
        : { count: elementCount(layer.inputs[0] as readonly number[]), unit: 'elem' },
    lower(variant, optimize) {
      const call = op.lower(parameters, variant, optimize);
      if (call === null) throw new Error(`${layer.op} ${layer.name} has no kernel`);
      return call;
    },
  };
}
