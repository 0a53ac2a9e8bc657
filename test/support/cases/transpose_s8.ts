import { elementCount } from '../../../src/graph/types.ts';
import { transpose, transposition } from '../../../src/ops/transpose.ts';
import { type CaseMapping, caseRun, int8Values, numberOf, numbersOf } from '../case-values.ts';

/** `arm_transpose_s8`; a shape's axes beyond its rank are filled up. */
export const transposeS8: CaseMapping = (example) => {
  const shape = numbersOf(example, 'input_shape').slice(0, numberOf(example, 'rank'));
  const parameters = transposition(shape, numbersOf(example, 'permutation'));
  const input = int8Values(example, 'input', elementCount(shape));
  return [caseRun(transpose, parameters, [input], int8Values(example, 'expected', input.length))];
};
