import type { Pair } from '../../../ops/support/window.ts';
import {
  activationOf,
  inputOf,
  type Mapping,
  numbersOf,
  type Operation,
  outputOf,
  presentInputs,
  refusal,
} from '../operation.ts';
import { conv2dOptions, depthwiseConv2dOptions, transposeConvOptions } from '../options.ts';
import type { Value } from '../values.ts';
import { imageSize, isSame, paddingOf, strideOf } from './window.ts';

/** Throws a WickError where weights have scales along another axis than that of their output channels. */
export function checkChannelAxis(operation: Operation, weights: Value, axis: number): void {
  const found = weights.quantization?.axis;
  if (found === undefined || found === axis) return;
  throw refusal(operation, {
    what: `weights '${weights.name}' are quantized along another axis than their output channels`,
    expected: `axis ${axis}`,
    received: `${found}`,
  });
}

/** CONV_2D; fewer input channels in the weights than in the image make groups. */
export const conv2d: Mapping<typeof conv2dOptions.schema> = {
  options: conv2dOptions,
  inputs: [2, 3],
  outputs: [1, 1],
  convert(operation, graph) {
    const { options } = operation;
    const [image, weights] = [inputOf(operation, 0), inputOf(operation, 1)];
    checkChannelAxis(operation, weights, 0);
    const dilation: Pair = [options.dilationHFactor, options.dilationWFactor];
    const kernel = imageSize(operation, weights);
    const channels = image.shape[3] ?? 1;
    graph.node('conv2d', presentInputs(operation), operation.outputs, {
      stride: strideOf(operation, options),
      dilation,
      padding: paddingOf(operation, imageSize(operation, image), kernel, options, dilation),
      // Where they do not divide, the op says what it expects.
      groups: Math.max(1, Math.floor(channels / (weights.shape[3] || 1))),
      activation: activationOf(operation, options.fusedActivationFunction),
    });
  },
};

/** DEPTHWISE_CONV_2D; the depth multiplier follows from the shapes. */
export const depthwiseConv2d: Mapping<typeof depthwiseConv2dOptions.schema> = {
  options: depthwiseConv2dOptions,
  inputs: [2, 3],
  outputs: [1, 1],
  convert(operation, graph) {
    const { options } = operation;
    const [image, weights] = [inputOf(operation, 0), inputOf(operation, 1)];
    checkChannelAxis(operation, weights, 3);
    const dilation: Pair = [options.dilationHFactor, options.dilationWFactor];
    const kernel = imageSize(operation, weights);
    graph.node('depthwise_conv2d', presentInputs(operation), operation.outputs, {
      stride: strideOf(operation, options),
      dilation,
      padding: paddingOf(operation, imageSize(operation, image), kernel, options, dilation),
      activation: activationOf(operation, options.fusedActivationFunction),
    });
  },
};

/**
 * TRANSPOSE_CONV, whose inputs are the output's shape, weights, the image, and a bias or none. The padding is that of the
 * convolution which leads from the output's size to the input's. Source: TFLM `transpose_conv.cc`.
 */
export const transposeConv: Mapping<typeof transposeConvOptions.schema> = {
  options: transposeConvOptions,
  inputs: [3, 4],
  outputs: [1, 1],
  convert(operation, graph) {
    const { options } = operation;
    const [weights, image, bias] = [
      inputOf(operation, 1),
      inputOf(operation, 2),
      operation.inputs[3],
    ];
    checkChannelAxis(operation, weights, 0);
    const wanted = numbersOf(operation, 0);
    const output = outputOf(operation);
    if (wanted.join() !== output.shape.join()) {
      throw refusal(operation, {
        what: "the output's shape is not the one that the first input says",
        expected: wanted.join('x'),
        received: output.shape.join('x'),
      });
    }
    const outputSize = imageSize(operation, output);
    const kernel = imageSize(operation, weights);
    const [top, , left] = isSame(operation, options.padding)
      ? paddingOf(operation, outputSize, kernel, options)
      : [0, 0, 0, 0];
    graph.node(
      'transpose_conv2d',
      [image, weights, ...(bias === undefined ? [] : [bias])],
      operation.outputs,
      {
        stride: strideOf(operation, options),
        padding: [top, left],
        outputSize,
        activation: activationOf(operation, options.fusedActivationFunction),
      },
    );
  },
};
