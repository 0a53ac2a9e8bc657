import { dense } from '../../../src/ops/dense.ts';
import {
  batchRuns,
  biasOf,
  type CaseMapping,
  caseOutputStage,
  int8Values,
  numberOf,
  pairOf,
} from '../case-values.ts';

/** `arm_fully_connected_s8` and its per-channel variant. */
export const fullyConnectedS8: CaseMapping = (example) => {
  if (numberOf(example, 'filter_offset') !== 0) {
    return { reason: 'the weights of dense have a zero point of 0' };
  }
  const [outputCount, inputCount] = pairOf(example, 'filter_shape');
  const parameters = {
    inputCount,
    outputCount,
    inputZeroPoint: -numberOf(example, 'input_offset'),
    weights: int8Values(example, 'weights', outputCount * inputCount),
    bias: biasOf(example, outputCount),
    output: caseOutputStage(example, outputCount),
  };
  return batchRuns(dense, parameters, example, { input: inputCount, output: outputCount });
};
