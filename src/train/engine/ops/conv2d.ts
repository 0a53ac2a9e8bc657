import { WickError } from '../../../errors.ts';
import { elementCount, type Tensor } from '../../../graph/types.ts';
import type { BorderAttributes } from '../../../ops/support/border.ts';
import { nodeTitle } from '../../../ops/support/title.ts';
import { imageShape, type Padding, type Pair } from '../../../ops/support/window.ts';
import { panelBytes } from '../parameters.ts';
import { activationInput, type Place, type Step, type TrainingOp } from '../plan.ts';

interface Conv2dAttributes extends BorderAttributes {
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
  readonly groups: number;
}

/** A convolution, image by image; the kernels see images whose borders of zeros are already there. */
export const conv2d: TrainingOp<Conv2dAttributes> = {
  scope: 'image',
  backwardReads: ['input'],
  output: 'own',
  lower(context) {
    const { node, input, output, inputGradient, outputGradient } = context;
    const { stride, dilation, padding, paddingMode = 'zeros', groups } = node.attributes;
    if (paddingMode !== 'zeros') {
      throw new WickError({
        what: 'the training engine cannot pad by the image itself',
        where: nodeTitle(node),
        expected: "paddingMode 'zeros'",
        received: `'${paddingMode}'`,
      });
    }
    const [top, bottom, left, right] = padding;
    const [height, width, channels] = imageShape(nodeTitle(node), activationInput(node).shape);
    const [outHeight, outWidth, outChannels] = imageShape(
      nodeTitle(node),
      (node.outputs[0] as Tensor).shape,
    );
    const { shape } = node.inputs[1] as Tensor;
    const kernel = [shape[1] as number, shape[2] as number];
    const rows = elementCount(shape.slice(1));
    const columns = outChannels / groups;
    const weights = context.parameter(1, { groups, rows, columns });
    const bias = context.parameter(2, { groups, rows: 1, columns });

    const paddedWidth = left + width + right;
    const geometry = [
      ...[paddedWidth, channels, outHeight, outWidth, outChannels],
      ...[...kernel, ...stride, ...dilation, groups],
    ];
    const paddedBytes = (top + height + bottom) * paddedWidth * channels * 4;
    const isPadded = padding.some((border) => border > 0);
    /** The image with its borders, and the step that makes them. */
    const pad = (phase: 'forward' | 'backward'): { image: Place; steps: Step[] } => {
      if (!isPadded) return { image: input, steps: [] };
      const image = context.scratch(phase, paddedBytes);
      const values = [input, image, height, width, channels, ...padding];
      return { image, steps: [{ kernel: 'padImage', arguments: values }] };
    };

    const forward = pad('forward');
    forward.steps.push({
      kernel: 'conv2dForward',
      arguments: [forward.image, weights.value, bias.value, output, ...geometry],
    });
    const backward = pad('backward');
    backward.steps.push({
      kernel: 'conv2dWeightGradient',
      arguments: [backward.image, outputGradient, weights.gradient, ...geometry],
    });
    if (node.inputs.length > 2) {
      backward.steps.push({
        kernel: 'conv2dBiasGradient',
        arguments: [outputGradient, bias.gradient, outHeight * outWidth, outChannels, groups],
      });
    }
    if (inputGradient === null) return { forward: forward.steps, backward: backward.steps };

    const transposed = context.scratch('backward', groups * panelBytes(columns, rows));
    const windows = context.scratch('backward', outWidth * rows * 4);
    const gradient = isPadded ? context.scratch('backward', paddedBytes) : inputGradient;
    backward.steps.push(
      { kernel: 'clear', arguments: [gradient, paddedBytes] },
      {
        kernel: 'conv2dInputGradient',
        arguments: [outputGradient, transposed, gradient, windows, ...geometry],
      },
    );
    if (isPadded) {
      backward.steps.push({
        kernel: 'cropImage',
        arguments: [gradient, inputGradient, height, width, channels, top, left, right],
      });
    }
    return {
      forward: forward.steps,
      prepareBackward: [
        {
          kernel: 'transposePanels',
          arguments: [groups, rows, columns, weights.value, transposed],
        },
      ],
      backward: backward.steps,
    };
  },
};
