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
import { padBefore } from './border.ts';
import { writeSlice } from './slice.ts';
import { paddingCode, same, sizeOf, valid } from './window.ts';

type Conv2dAttributes = AttributesOf<typeof conv2dOp>;
type DepthwiseAttributes = AttributesOf<typeof depthwiseConv2dOp>;

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
  const [top, bottom, left, right] = padding;
  const mode = paddingMode === 'reflect' ? 'reflect' : 'constant';
  const frame = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ] as const;
  return { image: padBefore(file, node, { pairs: frame, mode }), padding: valid };
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

const isInt8 = ({ dtype }: Tensor) => dtype === 'int8';

/** CONV_2D; fewer input channels in the weights than in the image make groups. */
export const conv2d: Exporter<Conv2dAttributes> = (node, file) => {
  const { image, padding } = imageOf(node, file);
  const [input, weights] = node.inputs as [Tensor, Tensor];
  const plain = weights.dtype === 'int4' ? 7 : isInt8(input) ? 3 : 1;
  file.operator({
    name: 'CONV_2D',
    inputs: [image, ...numbersOf(file, node.inputs.slice(1))],
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
    inputs: [image, ...numbersOf(file, node.inputs.slice(1))],
    outputs: numbersOf(file, node.outputs),
    options: { ...optionsOf(node.attributes, padding), depthMultiplier },
    version: isInt8(input) ? int8Version : isDilated ? 2 : 1,
  });
};

/**
 * TRANSPOSE_CONV. Its padding is that of the convolution back; where the output is cut at the top or left by another
 * amount, it is made whole there and a STRIDED_SLICE cuts it.
 */
export const transposeConv2d: Exporter<AttributesOf<typeof transposeConv2dOp>> = (node, file) => {
  const { stride, padding, activation } = node.attributes;
  const [input, weights, ...bias] = node.inputs as [Tensor, Tensor, Tensor?];
  const output = outputOf(node);
  const [top, left] = padding;
  const kernel = sizeOf(weights.shape);
  const [height, width] = sizeOf(output.shape);
  const window = { kernel, stride, dilation: [1, 1], padding: [top, 0, left, 0] } as const;
  const isWhole = top === 0 && left === 0;
  const isSame = !isWhole && paddingCode(window, [height, width], sizeOf(input.shape)) === same;
  const isCut = !isWhole && !isSame;
  const shape = isCut ? [1, height + top, width + left, output.shape[3] as number] : output.shape;
  const made = isCut ? addLike(file, `${output.name}/whole`, output, shape) : file.tensor(output);
  const int8Version = bias.length > 0 ? 3 : isInt8(input) ? 2 : 1;
  file.operator({
    name: 'TRANSPOSE_CONV',
    inputs: [
      file.numbers(`${output.name}/shape`, shape),
      ...numbersOf(file, [weights, input, ...(bias as Tensor[])]),
    ],
    outputs: [made],
    options: {
      padding: isSame ? same : valid,
      strideH: stride[0],
      strideW: stride[1],
      fusedActivationFunction: activationCode(activation),
    },
    version: activation === 'none' ? int8Version : 4,
  });
  if (!isCut) return;
  writeSlice(file, made, output, {
    begin: [0, top, left, 0],
    size: output.shape,
    strides: [1, 1, 1, 1],
  });
};
