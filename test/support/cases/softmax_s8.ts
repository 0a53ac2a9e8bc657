import { softmax } from '../../../src/ops/softmax.ts';
import { type CaseMapping, caseRun, int8Values, numberOf } from '../case-values.ts';

/** `arm_softmax_s8`. */
export const softmaxS8: CaseMapping = (example) => {
  const rows = numberOf(example, 'rows');
  const depth = numberOf(example, 'row_size');
  const parameters = {
    rows,
    depth,
    multiplier: numberOf(example, 'input_multiplier'),
    leftShift: numberOf(example, 'input_left_shift'),
    leastDifference: numberOf(example, 'diff_min'),
  };
  const input = int8Values(example, 'input', rows * depth);
  return [caseRun(softmax, parameters, [input], int8Values(example, 'expected', rows * depth))];
};
