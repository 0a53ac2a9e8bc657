import { dense } from '../../../src/ops/dense.ts';
import type { WeightBits } from '../../../src/ops/support/quantized.ts';
import {
  batchRuns,
  biasOf,
  type CaseMapping,
  caseOutputStage,
  numberOf,
  pairOf,
  weightsOf,
} from '../case-values.ts';
import type { CmsisCase } from '../reference.ts';

/** `arm_fully_connected_s8` and its per-channel variant. */
export const fullyConnectedS8: CaseMapping = (example) => fullyConnectedCase(example, 8);

/** A fully connected layer of a case with weights of so many bits. */
export function fullyConnectedCase(
  example: CmsisCase,
  weightBits: WeightBits,
): ReturnType<CaseMapping> {
  if (numberOf(example, 'filter_offset') !== 0) {
    return { reason: 'the weights of dense have a zero point of 0' };
  }
  const [outputCount, inputCount] = pairOf(example, 'filter_shape');
  const parameters = {
    inputCount,
    outputCount,
    inputZeroPoint: -numberOf(example, 'input_offset'),
    weights: weightsOf(example, outputCount * inputCount, weightBits),
    weightBits,
    bias: biasOf(example, outputCount),
    output: caseOutputStage(example, outputCount),
  };
  return batchRuns(dense, parameters, example, { input: inputCount, output: outputCount });
}
