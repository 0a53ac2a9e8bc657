import { WickError } from '../../../errors.ts';
import { formatShape } from '../../../graph/types.ts';
import { nodeTitle } from '../../../ops/support/title.ts';
import { activationInput, type TrainingOp } from '../plan.ts';

/** Softmax over the last axis; forward only, because the loss takes a final softmax in (program.ts). */
export const softmax: TrainingOp<{ readonly beta: number }> = {
  scope: 'batch',
  backwardReads: [],
  output: 'own',
  lower({ node, input, output, inputGradient }) {
    const { shape } = activationInput(node);
    const classes = shape.at(-1) ?? 1;
    if (shape.slice(0, -1).some((extent) => extent !== 1)) {
      throw new WickError({
        what: 'softmax over more than one vector cannot be run here',
        where: nodeTitle(node),
        expected: `shape 1x${classes}`,
        received: formatShape(shape),
      });
    }
    if (inputGradient !== null) {
      throw new WickError({
        what: 'cannot be trained through',
        where: nodeTitle(node),
        hint: 'a softmax may only be the last node, with beta 1',
      });
    }
    return {
      forward: [
        {
          kernel: 'softmaxForward',
          arguments: [input, output, 'count', classes, node.attributes.beta],
        },
      ],
      backward: [],
    };
  },
};
