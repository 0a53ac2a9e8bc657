import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { KernelCall, NodeContext, Op, Optimize, Variant } from './op.ts';
import { type Activation, activate, activationSchema } from './support/activation.ts';
import { borderOf, checkImageBorder, paddingModeSchema, placeOf } from './support/border.ts';
import { simplifyConstantRows } from './support/constant_rows.ts';
import {
  type ConvolutionAttributes,
  type ConvolutionGeometry,
  geometryNumbers,
  geometryOf,
  pointers,
} from './support/convolution.ts';
import { type OutputStage, requantize } from './support/fixedpoint.ts';
import { lowerConv2dInt4 } from './support/lower_int4.ts';
import { distanceByPixels } from './support/overwrite.ts';
import {
  checkAccumulators,
  foldZeroPoint,
  type MatrixWeights,
  packByteBlocks,
  packChannelPairs,
  sliceRows,
} from './support/pack.ts';
import {
  biasData,
  perTensor,
  type WeightBits,
  weightData,
  weightedOutputStage,
} from './support/quantized.ts';
import { planStrip } from './support/strip.ts';
import { nodeTitle } from './support/title.ts';
import { packColumnPairs, rescalingCode } from './support/vectors.ts';
import {
  imageShape,
  type Pair,
  paddingSchema,
  pairSchema,
  windowOutputSize,
} from './support/window.ts';

interface Conv2dAttributes extends ConvolutionAttributes {
  readonly groups: number;
  readonly activation: Activation;
}

/** The parameters of an int8 convolution; weights are OHWI. */
export interface Conv2dParameters extends ConvolutionGeometry {
  readonly groups: number;
  readonly inputZeroPoint: number;
  readonly weights: Int8Array;
  readonly weightBits?: WeightBits;
  readonly bias: Int32Array;
  readonly output: OutputStage;
}

function inferShapes(context: Omit<NodeContext<Conv2dAttributes>, 'outputs'>) {
  const where = nodeTitle(context);
  const [input, weights] = context.inputs as [Tensor, Tensor];
  const [height, width, channels] = imageShape(where, input.shape);
  const { groups } = context.attributes;
  const [outChannels, kernelHeight, kernelWidth, groupChannels] = weights.shape;
  if (weights.shape.length !== 4 || groupChannels !== channels / groups) {
    throw new WickError({
      what: 'weights do not fit the input',
      where,
      expected: `OxKHxKWx${channels / groups} for an input of ${formatShape(input.shape)} in ${groups} groups`,
      received: formatShape(weights.shape),
    });
  }
  if ((outChannels as number) % groups !== 0) {
    throw new WickError({
      what: 'output channels are not a multiple of the groups',
      where,
      expected: `a multiple of ${groups}`,
      received: `${outChannels}`,
    });
  }
  const kernel: Pair = [kernelHeight as number, kernelWidth as number];
  checkImageBorder(where, [height, width], context.attributes);
  const size = windowOutputSize(where, [height, width], { ...context.attributes, kernel });
  return [[1, ...size, outChannels as number]];
}

function prepare(context: NodeContext<Conv2dAttributes>): Conv2dParameters {
  const where = nodeTitle(context);
  const [input, weights, bias] = context.inputs as [Tensor, Tensor, Tensor | undefined];
  const geometry = geometryOf(context);
  const outputChannels = geometry.outputShape[2];
  return {
    ...geometry,
    groups: context.attributes.groups,
    inputZeroPoint: perTensor(where, input).zeroPoint,
    ...weightData(where, weights),
    bias: biasData(where, bias, outputChannels),
    output: weightedOutputStage(context, outputChannels),
  };
}

/** The geometry that the int8 and the float reference share. */
type Geometry = ConvolutionGeometry & Pick<Conv2dParameters, 'groups'>;

/**
 * Calls `multiply(input index, weight index)` for each multiplication of output (y, x, o) that lies inside the image, or
 * outside of it where the padding mode shows the image again.
 */
function forEachTap(
  geometry: Geometry,
  [y, x, o]: readonly [number, number, number],
  multiply: (inputIndex: number, weightIndex: number) => void,
): void {
  const { inputShape, outputShape, kernel, stride, dilation, padding, groups } = geometry;
  const [height, width, channels] = inputShape;
  const border = borderOf(geometry);
  const groupInputs = channels / groups;
  const firstInput = Math.floor(o / (outputShape[2] / groups)) * groupInputs;
  for (let u = 0; u < kernel[0]; u++) {
    const row = placeOf(y * stride[0] - padding.top + u * dilation[0], height, border);
    if (row === undefined) continue;
    for (let w = 0; w < kernel[1]; w++) {
      const column = placeOf(x * stride[1] - padding.left + w * dilation[1], width, border);
      if (column === undefined) continue;
      for (let i = 0; i < groupInputs; i++) {
        multiply(
          (row * width + column) * channels + firstInput + i,
          ((o * kernel[0] + u) * kernel[1] + w) * groupInputs + i,
        );
      }
    }
  }
}

function forEachOutput(
  [height, width, channels]: readonly [number, number, number],
  visit: (position: readonly [number, number, number], index: number) => void,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let o = 0; o < channels; o++) visit([y, x, o], (y * width + x) * channels + o);
    }
  }
}

/** Source: TFLM `reference_integer_ops::ConvPerChannel`. */
function reference(parameters: Conv2dParameters, inputs: readonly Int8Array[]): Int8Array {
  const input = inputs[0] as Int8Array;
  const { weights, bias, inputZeroPoint, outputShape } = parameters;
  const result = new Int8Array(outputShape[0] * outputShape[1] * outputShape[2]);
  forEachOutput(outputShape, (position, index) => {
    const channel = position[2];
    let sum = bias[channel] as number;
    forEachTap(parameters, position, (i, w) => {
      sum += ((input[i] as number) - inputZeroPoint) * (weights[w] as number);
    });
    result[index] = requantize(sum, channel, parameters.output);
  });
  return result;
}

function referenceFloat(
  context: NodeContext<Conv2dAttributes>,
  inputs: readonly Float32Array[],
): Float32Array {
  const [input, weights, bias] = inputs as [Float32Array, Float32Array, Float32Array | undefined];
  const { groups, activation } = context.attributes;
  const geometry: Geometry = { ...geometryOf(context), groups };
  const { outputShape } = geometry;
  const result = new Float32Array(outputShape[0] * outputShape[1] * outputShape[2]);
  forEachOutput(outputShape, (position, index) => {
    let sum = bias?.[position[2]] ?? 0;
    forEachTap(geometry, position, (i, w) => {
      sum += (input[i] as number) * (weights[w] as number);
    });
    result[index] = activate(sum, activation);
  });
  return result;
}

/** The weights as one matrix a group: a row an output channel, a column a multiplication. */
function matrices(parameters: Conv2dParameters): MatrixWeights[] {
  const { kernel, inputShape, outputShape, groups, weights } = parameters;
  const depth = (kernel[0] * kernel[1] * inputShape[2]) / groups;
  const rows = outputShape[2] / groups;
  const bias = foldZeroPoint(weights, depth, parameters.bias, parameters.inputZeroPoint);
  const { multipliers, shifts } = parameters.output;
  const all: MatrixWeights = { rows: outputShape[2], depth, weights, bias, multipliers, shifts };
  return Array.from({ length: groups }, (_, group) =>
    sliceRows(all, group * rows, (group + 1) * rows),
  );
}

const layouts = {
  speed: { kernel: 'conv2dChannelPairs', pack: packChannelPairs },
  size: {
    kernel: 'conv2dPixelPairs',
    pack: (weights: readonly MatrixWeights[]) => packByteBlocks(weights, 2),
  },
} as const;

/** See assembly/int8/conv2d_vector.ts: behind the strip lies the table of windows. */
function lowerVector(
  parameters: Conv2dParameters,
  groupMatrices: readonly MatrixWeights[],
  geometry: readonly number[],
): KernelCall {
  const { inputShape, kernel, groups, output } = parameters;
  const inputs = inputShape[2] / groups;
  const packed = packColumnPairs(groupMatrices, output, kernel[1] * inputs);
  const { bandRows, stripBytes, tableBytes } = planStrip(parameters, inputs);
  const wide = 16 * Math.ceil((stripBytes + tableBytes) / 16);
  const blockWeights = 32 * kernel[0] * Math.ceil((kernel[1] * inputs) / 2);
  return {
    kernel: 'conv2dVector',
    arguments: [
      ...pointers,
      { scratch: stripBytes },
      { scratch: wide },
      ...geometry,
      bandRows,
      rescalingCode(packed.rescaling),
    ],
    weights: packed.bytes,
    scratchBytes: wide + blockWeights,
  };
}

function lower(parameters: Conv2dParameters, variant: Variant, optimize: Optimize): KernelCall {
  const { groups, output } = parameters;
  const given = matrices(parameters);
  const groupMatrices =
    variant === 'simd' ? given : given.map((matrix) => simplifyConstantRows(matrix, output));
  const depth = (groupMatrices[0] as MatrixWeights).depth;
  checkAccumulators(parameters.weights, depth, parameters.bias);
  const geometry = [
    ...geometryNumbers(parameters),
    groups,
    parameters.inputZeroPoint,
    output.outputZeroPoint,
    output.min,
    output.max,
  ];
  if (parameters.weightBits === 4) {
    return lowerConv2dInt4(groupMatrices, variant, [...pointers, ...geometry]);
  }
  if (variant === 'simd') return lowerVector(parameters, groupMatrices, geometry);
  const layout = layouts[optimize];
  const packed = layout.pack(groupMatrices);
  return {
    kernel: layout.kernel,
    arguments: [...pointers, ...geometry, packed.narrow ? 1 : 0, packed.flushInterval],
    weights: packed.bytes,
    scratchBytes: 8 * depth,
  };
}

/**
 * 2-D convolution (cross-correlation) over NHWC with OHWI weights, padding by zeros or by the image itself, groups and a
 * fused activation.
 */
export const conv2d: Op<Conv2dAttributes, Conv2dParameters> = {
  name: 'conv2d',
  attributes: strictObject({
    stride: pairSchema,
    dilation: pairSchema,
    padding: paddingSchema,
    paddingMode: paddingModeSchema,
    groups: v.pipe(v.number(), v.integer(), v.minValue(1)),
    activation: activationSchema,
  }),
  inputCount: [2, 3],
  inferShapes,
  macs: (context) => {
    const weights = context.inputs[1] as Tensor;
    const [, height, width] = (context.outputs[0] as Tensor).shape as [number, number, number];
    return height * width * elementCount(weights.shape);
  },
  outputQuantization: { kind: 'calibrated' },
  weightInputs: { weights: 1, bias: 2 },
  fusesActivation: true,
  prepare,
  reference,
  referenceFloat,
  lower,
  inPlace: () => false,
  // With several groups, the v128 kernel writes the first one's outputs before it reads the others' inputs.
  inPlaceDistance: (parameters) =>
    borderOf(parameters) === 'constant' && parameters.groups === 1
      ? distanceByPixels(parameters)
      : undefined,
};
