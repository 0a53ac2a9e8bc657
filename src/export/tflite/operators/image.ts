import type { averagePool2d } from '../../../ops/average_pool2d.ts';
import type { mean as meanOp } from '../../../ops/mean.ts';
import type { resizeBilinear } from '../../../ops/resize_bilinear.ts';
import {
  type AttributesOf,
  activationCode,
  type Exporter,
  inputOf,
  numbersOf,
  outputOf,
  refusal,
} from '../node.ts';
import { imagePairs, padBefore } from './border.ts';
import { paddingCode, sizeOf, valid } from './window.ts';

type PoolAttributes = AttributesOf<typeof averagePool2d>;

/** The least value of a type, which no maximum over something else is. */
const least = { int8: -128, float32: -3.4028234663852886e38 } as const;

/** AVERAGE_POOL_2D and MAX_POOL_2D. A padding of the latter by other amounts than SAME's is a PADV2 before. */
export function pool(name: 'AVERAGE_POOL_2D' | 'MAX_POOL_2D'): Exporter<PoolAttributes> {
  return (node, file) => {
    const { kernel, stride, padding, activation } = node.attributes;
    const input = inputOf(node);
    const window = { kernel, stride, dilation: [1, 1], padding } as const;
    const code = paddingCode(window, sizeOf(input.shape), sizeOf(outputOf(node).shape));
    if (code === undefined && name === 'AVERAGE_POOL_2D') {
      throw refusal(node, 'padding', {
        expected: 'that of SAME or VALID',
        received: padding.join(', '),
        hint: 'choose another padding, or put a pad before, whose values count then',
      });
    }
    const value = least[input.dtype === 'int8' ? 'int8' : 'float32'];
    const image =
      code === undefined
        ? padBefore(file, node, { pairs: imagePairs(padding), mode: 'constant', value })
        : file.tensor(input);
    file.operator({
      name,
      inputs: [image],
      outputs: numbersOf(file, node.outputs),
      options: {
        padding: code ?? valid,
        strideH: stride[0],
        strideW: stride[1],
        filterHeight: kernel[0],
        filterWidth: kernel[1],
        fusedActivationFunction: activationCode(activation),
      },
    });
  };
}

/** MEAN. */
export const mean: Exporter<AttributesOf<typeof meanOp>> = (node, file) => {
  const { axes, keepDims } = node.attributes;
  const input = inputOf(node);
  const positive = axes.map((axis) => (axis < 0 ? axis + input.shape.length : axis));
  const axesNumber = file.numbers(`${outputOf(node).name}/axes`, [...new Set(positive)]);
  file.operator({
    name: 'MEAN',
    inputs: [file.tensor(input), axesNumber],
    outputs: numbersOf(file, node.outputs),
    options: { keepDims },
  });
};

/** RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR. */
export function resize(
  name: 'RESIZE_BILINEAR' | 'RESIZE_NEAREST_NEIGHBOR',
): Exporter<AttributesOf<typeof resizeBilinear>> {
  return (node, file) => {
    const { size, alignCorners, halfPixelCenters } = node.attributes;
    const isNew = halfPixelCenters || (alignCorners && name === 'RESIZE_NEAREST_NEIGHBOR');
    file.operator({
      name,
      inputs: [file.tensor(inputOf(node)), file.numbers(`${outputOf(node).name}/size`, size)],
      outputs: numbersOf(file, node.outputs),
      options: { alignCorners, halfPixelCenters },
      version: isNew ? 3 : undefined,
    });
  };
}
