import type { Tensor } from '../../../graph/types.ts';
import type { conv2d as conv2dOp } from '../../../ops/conv2d.ts';
import type { depthwiseConv2d as depthwiseConv2dOp } from '../../../ops/depthwise_conv2d.ts';
import type { NodeContext } from '../../../ops/op.ts';
import type { transposeConv2d as transposeConv2dOp } from '../../../ops/transpose_conv2d.ts';
import {
  type AttributesOf,
  activationCode,
  addLike,
  type Exporter,
  numbersOf,
  outputOf,
  refusal,
} from '../node.ts';
import type { SubgraphWriter, TensorNumber } from '../subgraph.ts';
import { imagePairs, padBefore } from './border.ts';
import { writeSlice } from './slice.ts';
import { isInt8, weightsAndBias } from './weighted.ts';
import { paddingCode, sizeOf, valid } from './window.ts';

type Conv2dAttributes = AttributesOf<typeof conv2dOp>;
type DepthwiseAttributes = AttributesOf<typeof depthwiseConv2dOp>;
type TransposeAttributes = AttributesOf<typeof transposeConv2dOp>;

/** The image that a convolution slides over, padded before where SAME and VALID do not say how, and its padding. */
function imageOf(
  node: NodeContext<Conv2dAttributes | DepthwiseAttributes>,
  file: SubgraphWriter,
): { readonly image: TensorNumber; readonly padding: number } {
  const { padding, paddingMode = 'zeros', stride, dilation } = node.attributes;
  const [input, weights] = node.inputs as [Tensor, Tensor];
  const window = { kernel: sizeOf(weights.shape), stride, dilation, padding };
  const isPadded = padding.some((count) => count > 0);
  if (paddingMode === 'zeros' || !isPadded) {
    const code = paddingCode(window, sizeOf(input.shape), sizeOf(outputOf(node).shape));
    if (code !== undefined) return { image: file.tensor(input), padding: code };
  } else if (paddingMode !== 'reflect') {
    throw refusal(node, 'paddingMode', {
      expected: 'zeros or reflect',
      received: paddingMode,
      hint: 'train with another padding mode, or keep the graph as .wick.json',
    });
  }
  const mode = paddingMode === 'reflect' ? 'reflect' : 'constant';
  return { image: padBefore(file, node, { pairs: imagePairs(padding), mode }), padding: valid };
}

/** What the options of both convolutions have in common. */
function optionsOf(attributes: Conv2dAttributes | DepthwiseAttributes, padding: number) {
  const { stride, dilation, activation } = attributes;
  return {
    padding,
    strideH: stride[0],
    strideW: stride[1],
    dilationHFactor: dilation[0],
    dilationWFactor: dilation[1],
    fusedActivationFunction: activationCode(activation),
  };
}

/** CONV_2D; fewer input channels in the weights than in the image make groups. */
export const conv2d: Exporter<Conv2dAttributes> = (node, file) => {
  const { image, padding } = imageOf(node, file);
  const [input, weights] = node.inputs as [Tensor, Tensor];
  const plain = weights.dtype === 'int4' ? 7 : isInt8(input) ? 3 : 1;
  file.operator({
    name: 'CONV_2D',
    // LiteRT runs no int8 convolution without a bias.
    inputs: [image, ...weightsAndBias(node, file, true)],
    outputs: numbersOf(file, node.outputs),
    options: optionsOf(node.attributes, padding),
    version: node.attributes.groups > 1 ? Math.max(6, plain) : plain,
  });
};

/** DEPTHWISE_CONV_2D. */
export const depthwiseConv2d: Exporter<DepthwiseAttributes> = (node, file) => {
  const { image, padding } = imageOf(node, file);
  const [input, weights] = node.inputs as [Tensor, Tensor];
  const isDilated = node.attributes.dilation.some((factor) => factor > 1);
  const int8Version = weights.dtype === 'int4' ? 7 : 3;
  const depthMultiplier = (outputOf(node).shape[3] as number) / (input.shape[3] as number);
  file.operator({
    name: 'DEPTHWISE_CONV_2D',
    // LiteRT runs no int8 convolution without a bias.
    inputs: [image, ...weightsAndBias(node, file, true)],
    outputs: numbersOf(file, node.outputs),
    options: { ...optionsOf(node.attributes, padding), depthMultiplier },
    version: isInt8(input) ? int8Version : isDilated ? 2 : 1,
  });
};

/**
 * TRANSPOSE_CONV, whose padding is that of the convolution back. Where the output is cut at the top or left otherwise, it
 * is made whole and a STRIDED_SLICE cuts it.
 */
export const transposeConv2d: Exporter<TransposeAttributes> = (node, file) => {
  const { stride, padding, activation } = node.attributes;
  const [input, weights, bias] = node.inputs as [Tensor, Tensor, Tensor?];
  const [filter, ...rest] = weightsAndBias(node, file, false) as [TensorNumber, TensorNumber?];
  const output = outputOf(node);
  const [top, left] = padding;
  const window = {
    kernel: sizeOf(weights.shape),
    stride,
    dilation: [1, 1],
    padding: [top, 0, left, 0],
  } as const;
  const code = paddingCode(window, sizeOf(output.shape), sizeOf(input.shape));
  const shape = code === undefined ? wholeShape(node) : output.shape;
  const made =
    code === undefined ? addLike(file, `${output.name}/whole`, output, shape) : file.tensor(output);
  const plain = bias !== undefined ? 3 : isInt8(input) ? 2 : 1;
  file.operator({
    name: 'TRANSPOSE_CONV',
    inputs: [
      file.numbers(`${output.name}/shape`, shape),
      filter,
      file.tensor(input),
      ...(rest as TensorNumber[]),
    ],
    outputs: [made],
    options: {
      padding: code ?? valid,
      strideH: stride[0],
      strideW: stride[1],
      fusedActivationFunction: activationCode(activation),
    },
    version: activation === 'none' ? plain : 4,
  });
  if (code !== undefined) return;
  writeSlice(file, made, output, {
    begin: [0, top, left, 0],
    size: output.shape,
    strides: [1, 1, 1, 1],
  });
};

/**
 * The output of a transposed convolution before it is cut: one from which VALID leads back to the input's size. The op sees
 * to it that its own output is none beyond that.
 */
function wholeShape(node: NodeContext<TransposeAttributes>): readonly number[] {
  const { stride, padding, outputSize } = node.attributes;
  const [input, weights] = node.inputs as [Tensor, Tensor];
  const [kernel, size] = [sizeOf(weights.shape), sizeOf(input.shape)];
  const along = (axis: 0 | 1) =>
    Math.max((size[axis] - 1) * stride[axis] + kernel[axis], padding[axis] + outputSize[axis]);
  return [1, along(0), along(1), outputOf(node).shape[3] as number];
}
