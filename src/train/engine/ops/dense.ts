import type { Tensor } from '../../../graph/types.ts';
import { panelBytes } from '../parameters.ts';
import type { Step, TrainingOp } from '../plan.ts';

/** A fully connected layer, as one matrix product for the batch. */
export const dense: TrainingOp = {
  scope: 'batch',
  backwardReads: ['input'],
  output: 'own',
  lower(context) {
    const { node, batchSize, input, output, inputGradient, outputGradient } = context;
    const [outputs, inputs] = (node.inputs[1] as Tensor).shape as [number, number];
    const weights = context.parameter(1, { groups: 1, rows: inputs, columns: outputs });
    const bias = context.parameter(2, { groups: 1, rows: 1, columns: outputs });
    const packed = context.scratch('backward', panelBytes(batchSize, outputs));
    const backward: Step[] = [
      {
        kernel: 'denseWeightGradient',
        arguments: ['count', input, outputGradient, weights.gradient, packed, inputs, outputs],
      },
    ];
    if (node.inputs.length > 2) {
      backward.push({
        kernel: 'denseBiasGradient',
        arguments: ['count', outputGradient, bias.gradient, outputs],
      });
    }
    const prepareBackward: Step[] = [];
    if (inputGradient !== null) {
      const transposed = context.scratch('backward', panelBytes(outputs, inputs));
      prepareBackward.push({
        kernel: 'transposePanels',
        arguments: [1, inputs, outputs, weights.value, transposed],
      });
      backward.push({
        kernel: 'denseInputGradient',
        arguments: ['count', outputGradient, transposed, inputGradient, inputs, outputs],
      });
    }
    return {
      forward: [
        {
          kernel: 'denseForward',
          arguments: ['count', input, weights.value, bias.value, output, inputs, outputs],
        },
      ],
      prepareBackward,
      backward,
    };
  },
};
