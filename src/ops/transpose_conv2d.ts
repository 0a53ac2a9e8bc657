import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { largestOf } from '../extremes.ts';
import { formatShape, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { KernelCall, NodeContext, Op, Variant } from './op.ts';
import { type Activation, activate, activationSchema } from './support/activation.ts';
import { simplifyConstantRows } from './support/constant_rows.ts';
import { type OutputStage, requantize } from './support/fixedpoint.ts';
import {
  checkAccumulators,
  foldZeroPoint,
  type MatrixWeights,
  packByteBlocks,
  packVectorBlocks,
} from './support/pack.ts';
import { biasData, int8Data, perTensor, weightedOutputStage } from './support/quantized.ts';
import { nodeTitle } from './support/title.ts';
import { imageShape, type Pair, pairSchema } from './support/window.ts';

interface TransposeConv2dAttributes {
  readonly stride: Pair;
  /** Rows and columns by which the output is cut at the top and at the left. */
  readonly padding: Pair;
  /** Height and width of the output: a stride leaves open which of several they are. */
  readonly outputSize: Pair;
  readonly activation: Activation;
}

/** Shapes are [height, width, channels]; weights are OHWI. */
interface Geometry {
  readonly inputShape: readonly [number, number, number];
  readonly outputShape: readonly [number, number, number];
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: { readonly top: number; readonly left: number };
}

/** The parameters of an int8 transposed convolution. */
export interface TransposeConv2dParameters extends Geometry {
  readonly inputZeroPoint: number;
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  readonly output: OutputStage;
}

/**
 * An output has to start no later than its last input pixel, and to end less than a stride behind the last pixel that
 * this one reaches: TFLite's SAME and VALID padding give no others.
 */
function checkOutputSize(
  where: string,
  axis: 0 | 1,
  [extent, kernel]: Pair,
  { stride, padding, outputSize }: TransposeConv2dAttributes,
): void {
  const lastInput = (extent - 1) * stride[axis] - padding[axis];
  const least = Math.max(1, lastInput + 1);
  const most = lastInput + kernel + stride[axis] - 1;
  const size = outputSize[axis];
  if (size >= least && size <= most) return;
  throw new WickError({
    what: `the output size does not fit the input along axis ${axis === 0 ? 'height' : 'width'}`,
    where,
    expected: most < least ? 'a padding smaller than the image' : `${least} to ${most}`,
    received: most < least ? `${padding[axis]}` : `${size}`,
  });
}

function inferShapes(context: Omit<NodeContext<TransposeConv2dAttributes>, 'outputs'>) {
  const where = nodeTitle(context);
  const [input, weights] = context.inputs as [Tensor, Tensor];
  const [height, width, channels] = imageShape(where, input.shape);
  const [outChannels, kernelHeight, kernelWidth, inChannels] = weights.shape;
  if (weights.shape.length !== 4 || inChannels !== channels) {
    throw new WickError({
      what: 'weights do not fit the input',
      where,
      expected: `OxKHxKWx${channels} for an input of ${formatShape(input.shape)}`,
      received: formatShape(weights.shape),
    });
  }
  checkOutputSize(where, 0, [height, kernelHeight as number], context.attributes);
  checkOutputSize(where, 1, [width, kernelWidth as number], context.attributes);
  return [[1, ...context.attributes.outputSize, outChannels as number]];
}

function geometryOf(context: NodeContext<TransposeConv2dAttributes>): Geometry {
  const where = nodeTitle(context);
  const { stride, padding } = context.attributes;
  const [input, weights] = context.inputs as [Tensor, Tensor];
  return {
    inputShape: imageShape(where, input.shape),
    outputShape: imageShape(where, (context.outputs[0] as Tensor).shape),
    kernel: [weights.shape[1] as number, weights.shape[2] as number],
    stride,
    padding: { top: padding[0], left: padding[1] },
  };
}

function prepare(context: NodeContext<TransposeConv2dAttributes>): TransposeConv2dParameters {
  const where = nodeTitle(context);
  const [input, weights, bias] = context.inputs as [Tensor, Tensor, Tensor | undefined];
  const geometry = geometryOf(context);
  const channels = geometry.outputShape[2];
  return {
    ...geometry,
    inputZeroPoint: perTensor(where, input).zeroPoint,
    weights: int8Data(where, weights),
    bias: biasData(where, bias, channels),
    output: weightedOutputStage(context, channels),
  };
}

/**
 * For each output, in NHWC order: `start(channel)` plus every `product(input index, weight index)` that an input pixel
 * spreads to it.
 */
function sums(
  { inputShape, outputShape, kernel, stride, padding }: Geometry,
  start: (channel: number) => number,
  product: (inputIndex: number, weightIndex: number) => number,
): Float64Array {
  const [height, width, channels] = inputShape;
  const [outputHeight, outputWidth, outputChannels] = outputShape;
  const result = Float64Array.from(
    { length: outputHeight * outputWidth * outputChannels },
    (_, index) => start(index % outputChannels),
  );
  const spread = (row: number, column: number, u: number, w: number): void => {
    const y = row * stride[0] - padding.top + u;
    const x = column * stride[1] - padding.left + w;
    if (y < 0 || y >= outputHeight || x < 0 || x >= outputWidth) return;
    for (let o = 0; o < outputChannels; o++) {
      const index = (y * outputWidth + x) * outputChannels + o;
      for (let i = 0; i < channels; i++) {
        (result[index] as number) += product(
          (row * width + column) * channels + i,
          ((o * kernel[0] + u) * kernel[1] + w) * channels + i,
        );
      }
    }
  };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let u = 0; u < kernel[0]; u++) {
        for (let w = 0; w < kernel[1]; w++) spread(row, column, u, w);
      }
    }
  }
  return result;
}

/** Source: TFLM `reference_integer_ops::TransposeConv`. */
function reference(parameters: TransposeConv2dParameters, inputs: readonly Int8Array[]): Int8Array {
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
  context: NodeContext<TransposeConv2dAttributes>,
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

/** How many kernel rows or columns meet outputs of a phase; one of zeros where none does. */
function tapsOf(kernel: number, phase: number, stride: number): number {
  return Math.max(1, Math.ceil((kernel - phase) / stride));
}

/**
 * The weights as one matrix a phase (see assembly/int8/transpose_conv2d.ts): a row an output channel, a column a
 * multiplication, in the order in which the input's pixels lie.
 */
function matrices(parameters: TransposeConv2dParameters): MatrixWeights[] {
  const { kernel, stride, inputShape, outputShape, inputZeroPoint, output } = parameters;
  const [rows, channels] = [outputShape[2], inputShape[2]];
  return Array.from({ length: stride[0] * stride[1] }, (_, phase) => {
    const [phaseRow, phaseColumn] = [Math.floor(phase / stride[1]), phase % stride[1]];
    const height = tapsOf(kernel[0], phaseRow, stride[0]);
    const width = tapsOf(kernel[1], phaseColumn, stride[1]);
    const depth = height * width * channels;
    const weights = Int8Array.from({ length: rows * depth }, (_, index) => {
      const row = Math.floor(index / depth);
      const tap = Math.floor((index % depth) / channels);
      // A later input pixel meets an earlier weight.
      const u = phaseRow + (height - 1 - Math.floor(tap / width)) * stride[0];
      const w = phaseColumn + (width - 1 - (tap % width)) * stride[1];
      if (u >= kernel[0] || w >= kernel[1]) return 0;
      const offset = ((row * kernel[0] + u) * kernel[1] + w) * channels + (index % channels);
      return parameters.weights[offset] as number;
    });
    checkAccumulators(weights, depth, parameters.bias);
    const bias = foldZeroPoint(weights, depth, parameters.bias, inputZeroPoint);
    const { multipliers, shifts } = output;
    return { rows, depth, weights, bias, multipliers, shifts };
  });
}

function lower(parameters: TransposeConv2dParameters, variant: Variant): KernelCall {
  const { inputShape, outputShape, kernel, stride, padding, output } = parameters;
  const phases = matrices(parameters);
  const depth = largestOf(phases.map((phase) => phase.depth));
  const head = [
    { input: 0 },
    { weights: 0 },
    { output: 0 },
    { scratch: 0 },
    ...inputShape,
    ...outputShape,
    ...kernel,
    ...stride,
    padding.top,
    padding.left,
    parameters.inputZeroPoint,
    output.outputZeroPoint,
    output.min,
    output.max,
  ];
  if (variant === 'simd') {
    const packed = packVectorBlocks(phases);
    return {
      kernel: 'transposeConv2dVector',
      arguments: [...head, packed.fastRescale ? 1 : 0],
      weights: packed.bytes,
      scratchBytes: 4 * 2 * (depth + (depth & 1)),
    };
  }
  const packed = packByteBlocks(
    phases.map((phase) => simplifyConstantRows(phase, output)),
    1,
  );
  return {
    kernel: 'transposeConv2dPixelPairs',
    arguments: [...head, packed.narrow ? 1 : 0, packed.flushInterval],
    weights: packed.bytes,
    scratchBytes: 8 * depth,
  };
}

const notNegative = v.pipe(v.number(), v.integer(), v.minValue(0));

/**
 * Transposed 2-D convolution over NHWC: input pixel (i, j) adds its product with kernel weight (u, w) to output pixel
 * (i * stride - top + u, j * stride - left + w). Inputs: x [1, H, W, I], weights OHWI, and optionally bias [O].
 */
export const transposeConv2d: Op<TransposeConv2dAttributes, TransposeConv2dParameters> = {
  name: 'transpose_conv2d',
  attributes: strictObject({
    stride: pairSchema,
    padding: v.tuple([notNegative, notNegative]),
    outputSize: pairSchema,
    activation: activationSchema,
  }),
  inputCount: [2, 3],
  inferShapes,
  macs: (context) => {
    const { inputShape, outputShape, kernel } = geometryOf(context);
    const pixels = inputShape[0] * inputShape[1];
    return pixels * kernel[0] * kernel[1] * inputShape[2] * outputShape[2];
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
