import { WickError } from '../errors.ts';
import { formatShape, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { KernelCall, NodeContext, Op, Optimize, Variant } from './op.ts';
import { type Activation, activate, activationSchema } from './support/activation.ts';
import { simplifyConstantRows } from './support/constant_rows.ts';
import { type OutputStage, requantize } from './support/fixedpoint.ts';
import { lowerDenseInt4 } from './support/lower_int4.ts';
import { checkAccumulators, foldZeroPoint, type MatrixWeights } from './support/pack.ts';
import { packProduct } from './support/product.ts';
import {
  biasData,
  perTensor,
  type WeightBits,
  weightData,
  weightedOutputStage,
} from './support/quantized.ts';
import { nodeTitle } from './support/title.ts';

interface DenseAttributes {
  readonly activation: Activation;
}

/** The parameters of an int8 dense layer; weights are [outputs][inputs]. */
export interface DenseParameters {
  readonly inputCount: number;
  readonly outputCount: number;
  readonly inputZeroPoint: number;
  readonly weights: Int8Array;
  readonly weightBits?: WeightBits;
  readonly bias: Int32Array;
  readonly output: OutputStage;
}

function inferShapes(context: Omit<NodeContext<DenseAttributes>, 'outputs'>) {
  const [input, weights] = context.inputs as [Tensor, Tensor];
  const [outputCount, inputCount] = weights.shape;
  if (input.shape.length !== 2 || input.shape[0] !== 1) {
    throw new WickError({
      what: 'input is not one vector',
      where: nodeTitle(context),
      expected: 'shape 1xN',
      received: formatShape(input.shape),
      hint: 'put a reshape (flatten) before it',
    });
  }
  if (weights.shape.length !== 2 || inputCount !== input.shape[1]) {
    throw new WickError({
      what: 'weights do not fit the input',
      where: nodeTitle(context),
      expected: `Ox${input.shape[1]}`,
      received: formatShape(weights.shape),
    });
  }
  return [[1, outputCount as number]];
}

function prepare(context: NodeContext<DenseAttributes>): DenseParameters {
  const where = nodeTitle(context);
  const [input, weights, bias] = context.inputs as [Tensor, Tensor, Tensor | undefined];
  const [outputCount, inputCount] = weights.shape as [number, number];
  return {
    inputCount,
    outputCount,
    inputZeroPoint: perTensor(where, input).zeroPoint,
    ...weightData(where, weights),
    bias: biasData(where, bias, outputCount),
    output: weightedOutputStage(context, outputCount, 'float32'),
  };
}

/** Source: TFLM `reference_integer_ops::FullyConnected` and its per-channel form. */
function reference(parameters: DenseParameters, inputs: readonly Int8Array[]): Int8Array {
  const input = inputs[0] as Int8Array;
  const { inputCount, outputCount, weights, bias, inputZeroPoint, output } = parameters;
  const result = new Int8Array(outputCount);
  for (let o = 0; o < outputCount; o++) {
    let sum = bias[o] as number;
    for (let i = 0; i < inputCount; i++) {
      sum += ((input[i] as number) - inputZeroPoint) * (weights[o * inputCount + i] as number);
    }
    result[o] = requantize(sum, o, output);
  }
  return result;
}

function referenceFloat(
  context: NodeContext<DenseAttributes>,
  inputs: readonly Float32Array[],
): Float32Array {
  const [input, weights, bias] = inputs as [Float32Array, Float32Array, Float32Array | undefined];
  const [outputCount, inputCount] = (context.inputs[1] as Tensor).shape as [number, number];
  const result = new Float32Array(outputCount);
  for (let o = 0; o < outputCount; o++) {
    let sum = bias?.[o] ?? 0;
    for (let i = 0; i < inputCount; i++) {
      sum += (input[i] as number) * (weights[o * inputCount + i] as number);
    }
    result[o] = activate(sum, context.attributes.activation);
  }
  return result;
}

function lower(parameters: DenseParameters, variant: Variant, optimize: Optimize): KernelCall {
  const { inputCount, outputCount, weights, inputZeroPoint, output } = parameters;
  checkAccumulators(weights, inputCount, parameters.bias);
  const matrix: MatrixWeights = {
    rows: outputCount,
    depth: inputCount,
    weights,
    bias: foldZeroPoint(weights, inputCount, parameters.bias, inputZeroPoint),
    multipliers: output.multipliers,
    shifts: output.shifts,
  };
  const numbers = [inputCount, outputCount, output.outputZeroPoint, output.min, output.max];
  if (parameters.weightBits === 4) {
    const own = variant === 'simd' ? matrix : simplifyConstantRows(matrix, output);
    return lowerDenseInt4(own, variant, numbers);
  }
  const packed = packProduct(matrix, output, variant, optimize);
  return {
    kernel: `dense${packed.layout}`,
    arguments: [
      { input: 0 },
      { weights: 0 },
      { output: 0 },
      ...(packed.scratchBytes > 0 ? [{ scratch: 0 }] : []),
      ...numbers,
      ...packed.arguments,
    ],
    weights: packed.bytes,
    scratchBytes: packed.scratchBytes,
  };
}

/** A fully connected layer over a vector, with a fused activation. */
export const dense: Op<DenseAttributes, DenseParameters> = {
  name: 'dense',
  attributes: strictObject({ activation: activationSchema }),
  inputCount: [2, 3],
  inferShapes,
  macs: (context) => {
    const [outputCount, inputCount] = (context.inputs[1] as Tensor).shape as [number, number];
    return outputCount * inputCount;
  },
  outputQuantization: { kind: 'calibrated' },
  weightInputs: { weights: 1, bias: 2 },
  fusesActivation: true,
  prepare,
  reference,
  referenceFloat,
  lower,
  inPlace: () => false,
};
