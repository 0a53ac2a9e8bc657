import { WickError } from '../errors.ts';
import { formatShape, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { KernelCall, NodeContext, Op, Variant } from './op.ts';
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
import { lowerDepthwiseColumns } from './support/depthwise_columns.ts';
import { type OutputStage, requantize } from './support/fixedpoint.ts';
import { lowerDepthwiseConv2dInt4 } from './support/lower_int4.ts';
import { distanceByRowPairs } from './support/overwrite.ts';
import {
  checkAccumulators,
  foldZeroPoint,
  type MatrixWeights,
  packByteBlocks,
} from './support/pack.ts';
import {
  biasData,
  perTensor,
  type WeightBits,
  weightData,
  weightedOutputStage,
} from './support/quantized.ts';
import { planStrip, stripColumns } from './support/strip.ts';
import { nodeTitle } from './support/title.ts';
import { packColumnPairs, rescalingCode } from './support/vectors.ts';
import {
  imageShape,
  type Pair,
  paddingSchema,
  pairSchema,
  windowOutputSize,
} from './support/window.ts';

interface DepthwiseConv2dAttributes extends ConvolutionAttributes {
  readonly activation: Activation;
}

/**
 * The parameters of an int8 depthwise convolution; weights are [kernel height, kernel width, output channels], and output
 * channel o reads input channel floor(o / depth multiplier).
 */
export interface DepthwiseConv2dParameters extends ConvolutionGeometry {
  readonly inputZeroPoint: number;
  readonly weights: Int8Array;
  readonly weightBits?: WeightBits;
  readonly bias: Int32Array;
  readonly output: OutputStage;
}

function inferShapes(context: Omit<NodeContext<DepthwiseConv2dAttributes>, 'outputs'>) {
  const where = nodeTitle(context);
  const [input, weights] = context.inputs as [Tensor, Tensor];
  const [height, width, channels] = imageShape(where, input.shape);
  const [first, kernelHeight, kernelWidth, outChannels] = weights.shape;
  if (weights.shape.length !== 4 || first !== 1 || (outChannels as number) % channels !== 0) {
    throw new WickError({
      what: 'weights do not fit the input',
      where,
      expected: `1xKHxKWxO with O a multiple of ${channels} for an input of ${formatShape(input.shape)}`,
      received: formatShape(weights.shape),
    });
  }
  const kernel: Pair = [kernelHeight as number, kernelWidth as number];
  checkImageBorder(where, [height, width], context.attributes);
  const size = windowOutputSize(where, [height, width], { ...context.attributes, kernel });
  return [[1, ...size, outChannels as number]];
}

function prepare(context: NodeContext<DepthwiseConv2dAttributes>): DepthwiseConv2dParameters {
  const where = nodeTitle(context);
  const [input, weights, bias] = context.inputs as [Tensor, Tensor, Tensor | undefined];
  const geometry = geometryOf(context);
  const channels = geometry.outputShape[2];
  return {
    ...geometry,
    inputZeroPoint: perTensor(where, input).zeroPoint,
    ...weightData(where, weights),
    bias: biasData(where, bias, channels),
    output: weightedOutputStage(context, channels),
  };
}

/**
 * For each output, in NHWC order: `start(channel)` plus the sum of `product(input index, weight index)` over the taps
 * that lie inside the image, or outside of it where the padding mode shows the image again.
 */
function sums(
  geometry: ConvolutionGeometry,
  start: (channel: number) => number,
  product: (inputIndex: number, weightIndex: number) => number,
): Float64Array {
  const { inputShape, outputShape, kernel, stride, dilation, padding } = geometry;
  const border = borderOf(geometry);
  const [height, width, channels] = inputShape;
  const [outputHeight, outputWidth, outputChannels] = outputShape;
  const multiplier = outputChannels / channels;
  const result = new Float64Array(outputHeight * outputWidth * outputChannels);
  for (let index = 0; index < result.length; index++) {
    const o = index % outputChannels;
    const x = Math.floor(index / outputChannels) % outputWidth;
    const y = Math.floor(index / (outputChannels * outputWidth));
    let sum = start(o);
    for (let u = 0; u < kernel[0]; u++) {
      const row = placeOf(y * stride[0] - padding.top + u * dilation[0], height, border);
      if (row === undefined) continue;
      for (let v = 0; v < kernel[1]; v++) {
        const column = placeOf(x * stride[1] - padding.left + v * dilation[1], width, border);
        if (column === undefined) continue;
        sum += product(
          (row * width + column) * channels + Math.floor(o / multiplier),
          (u * kernel[1] + v) * outputChannels + o,
        );
      }
    }
    result[index] = sum;
  }
  return result;
}

/** Source: TFLM `reference_integer_ops::DepthwiseConvPerChannel`. */
function reference(parameters: DepthwiseConv2dParameters, inputs: readonly Int8Array[]): Int8Array {
  const input = inputs[0] as Int8Array;
  const { weights, bias, inputZeroPoint, outputShape, output } = parameters;
  const accumulators = sums(
    parameters,
    (channel) => bias[channel] as number,
    (i, w) => ((input[i] as number) - inputZeroPoint) * (weights[w] as number),
  );
  return Int8Array.from(accumulators, (sum, index) =>
    requantize(sum, index % outputShape[2], output),
  );
}

function referenceFloat(
  context: NodeContext<DepthwiseConv2dAttributes>,
  inputs: readonly Float32Array[],
): Float32Array {
  const [input, weights, bias] = inputs as [Float32Array, Float32Array, Float32Array | undefined];
  const results = sums(
    geometryOf(context),
    (channel) => bias?.[channel] ?? 0,
    (i, w) => (input[i] as number) * (weights[w] as number),
  );
  return Float32Array.from(results, (sum) => activate(sum, context.attributes.activation));
}

/** The weights as a matrix: a row an output channel, its taps column by column as the kernels' windows have them. */
function matrixOf(parameters: DepthwiseConv2dParameters): MatrixWeights {
  const { kernel, outputShape, inputZeroPoint, output } = parameters;
  const [height, width] = kernel;
  const rows = outputShape[2];
  const depth = height * width;
  const weights = Int8Array.from({ length: rows * depth }, (_, index) => {
    const row = Math.floor(index / depth);
    const [u, v] = [index % height, Math.floor((index % depth) / height)];
    return parameters.weights[(u * width + v) * rows + row] as number;
  });
  const bias = foldZeroPoint(weights, depth, parameters.bias, inputZeroPoint);
  checkAccumulators(weights, depth, parameters.bias);
  return { rows, depth, weights, bias, multipliers: output.multipliers, shifts: output.shifts };
}

/** One row of pixels as one column, which is the same memory. */
function asColumn(parameters: DepthwiseConv2dParameters): DepthwiseConv2dParameters {
  const { inputShape, outputShape, kernel, stride, dilation, padding, weights } = parameters;
  const [height, width] = kernel;
  const channels = outputShape[2];
  return {
    ...parameters,
    inputShape: [inputShape[1], inputShape[0], inputShape[2]],
    outputShape: [outputShape[1], outputShape[0], channels],
    kernel: [width, height],
    stride: [stride[1], stride[0]],
    dilation: [dilation[1], dilation[0]],
    padding: { top: padding.left, left: padding.top },
    weights: Int8Array.from(weights, (_, index) => {
      const tap = Math.floor(index / channels);
      const [v, u] = [Math.floor(tap / height), tap % height];
      return weights[(u * width + v) * channels + (index % channels)] as number;
    }),
  };
}

/** See assembly/int8/depthwise_conv2d_vector.ts: behind the strip lie the tables of windows and of taps. */
function lowerVector(
  parameters: DepthwiseConv2dParameters,
  matrix: MatrixWeights,
  geometry: readonly number[],
): KernelCall {
  const packed = packColumnPairs([matrix], parameters.output, matrix.depth);
  const pixelValues = 8 * Math.ceil(matrix.rows / 8);
  const { bandRows, stripBytes, tableBytes } = planStrip(parameters, pixelValues);
  return {
    kernel: 'depthwiseConv2dVector',
    arguments: [
      ...pointers,
      { scratch: stripBytes },
      { scratch: stripBytes + tableBytes },
      ...geometry,
      bandRows,
      rescalingCode(packed.rescaling),
    ],
    weights: packed.bytes,
    scratchBytes: stripBytes + tableBytes + 4 * (matrix.depth + 1),
  };
}

// Weights are bytes for speed too: a byte and a word take a load alike, and the lanes hold two pixels of one channel.
function lower(given: DepthwiseConv2dParameters, variant: Variant): KernelCall {
  // The scalar kernel pairs pixels of neighbouring rows.
  const isRow = given.inputShape[0] === 1 && given.outputShape[0] === 1;
  const parameters = variant === 'scalar' && isRow ? asColumn(given) : given;
  const { kernel, output } = parameters;
  const own = matrixOf(parameters);
  const matrix = variant === 'simd' ? own : simplifyConstantRows(own, output);
  const stripTaps = kernel[0] * stripColumns(parameters);
  const geometry = [
    ...geometryNumbers(parameters),
    parameters.inputZeroPoint,
    output.outputZeroPoint,
    output.min,
    output.max,
  ];
  if (parameters.weightBits === 4) {
    return lowerDepthwiseConv2dInt4(matrix, variant, [...pointers, ...geometry], stripTaps);
  }
  if (variant === 'simd') return lowerVector(parameters, matrix, geometry);
  const columns =
    borderOf(parameters) === 'constant' ? lowerDepthwiseColumns(parameters, matrix) : undefined;
  if (columns !== undefined) return columns;
  const packed = packByteBlocks([matrix], 1);
  return {
    kernel: 'depthwiseConv2dRowPairs',
    arguments: [...pointers, ...geometry, packed.narrow ? 1 : 0, packed.flushInterval],
    weights: packed.bytes,
    // Behind the strip goes the zero point.
    scratchBytes: 4 * stripTaps + 1,
  };
}

/**
 * Depthwise 2-D convolution over NHWC, padded by zeros or by the image itself, with a fused activation. Inputs:
 * x [1, H, W, C], weights [1, kh, kw, C * depth multiplier], quantized per index of their last axis, and optionally bias
 * [C * depth multiplier].
 */
export const depthwiseConv2d: Op<DepthwiseConv2dAttributes, DepthwiseConv2dParameters> = {
  name: 'depthwise_conv2d',
  attributes: strictObject({
    stride: pairSchema,
    dilation: pairSchema,
    padding: paddingSchema,
    paddingMode: paddingModeSchema,
    activation: activationSchema,
  }),
  inputCount: [2, 3],
  inferShapes,
  macs: (context) => {
    const { kernel, outputShape } = geometryOf(context);
    return kernel[0] * kernel[1] * outputShape[0] * outputShape[1] * outputShape[2];
  },
  outputQuantization: { kind: 'calibrated' },
  weightInputs: { weights: 1, bias: 2, axis: 3 },
  fusesActivation: true,
  prepare,
  reference,
  referenceFloat,
  lower,
  inPlace: () => false,
  // The scalar kernels go channel by channel, the v128 ones read a band before they write it, or go row by row.
  inPlaceDistance: (parameters) =>
    borderOf(parameters) === 'constant' ? distanceByRowPairs(parameters) : undefined,
};
