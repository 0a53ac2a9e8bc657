import { elementCount } from '../../../graph/types.ts';
import { activationInput, type TrainingOp } from '../plan.ts';

/** The range of a clamp. */
export interface ClampAttributes {
  readonly low: number;
  readonly high: number;
}

/** What every activation becomes (program.ts): ReLU clamps to [0, infinity). */
export const clamp: TrainingOp<ClampAttributes> = {
  scope: 'image',
  backwardReads: ['output'],
  output: 'inPlace',
  lower({ node, input, output, inputGradient, outputGradient }) {
    const count = elementCount(activationInput(node).shape);
    const { low, high } = node.attributes;
    return {
      forward: [{ kernel: 'reluForward', arguments: [input, output, count, low, high] }],
      backward:
        inputGradient === null
          ? []
          : [
              {
                kernel: 'reluBackward',
                arguments: [output, outputGradient, inputGradient, count, low, high],
              },
            ],
    };
  },
};
