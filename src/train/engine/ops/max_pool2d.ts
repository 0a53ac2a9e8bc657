import { elementCount, type Tensor } from '../../../graph/types.ts';
import { nodeTitle } from '../../../ops/support/title.ts';
import { imageShape, type Padding, type Pair } from '../../../ops/support/window.ts';
import { activationInput, type TrainingOp } from '../plan.ts';

interface MaxPool2dAttributes {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
}

/** Max pooling: the forward pass keeps which pixel won, the backward pass sends the gradient there. */
export const maxPool2d: TrainingOp<MaxPool2dAttributes> = {
  scope: 'image',
  backwardReads: [],
  output: 'own',
  lower({ node, input, output, inputGradient, outputGradient, saved }) {
    const { kernel, stride, padding } = node.attributes;
    const [height, width, channels] = imageShape(nodeTitle(node), activationInput(node).shape);
    const { shape } = node.outputs[0] as Tensor;
    const [outHeight, outWidth] = imageShape(nodeTitle(node), shape);
    const winners = saved(elementCount(shape) * 4);
    const sizes = [height, width, channels, outHeight, outWidth, ...kernel, ...stride];
    return {
      forward: [
        {
          kernel: 'maxPool2dForward',
          arguments: [input, output, winners, ...sizes, padding[0], padding[2]],
        },
      ],
      backward:
        inputGradient === null
          ? []
          : [
              {
                kernel: 'maxPool2dBackward',
                arguments: [
                  outputGradient,
                  winners,
                  inputGradient,
                  height * width,
                  outHeight * outWidth,
                  channels,
                ],
              },
            ],
    };
  },
};
