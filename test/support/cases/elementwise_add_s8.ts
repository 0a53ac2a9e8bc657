import { add } from '../../../src/ops/add.ts';
import {
  type CaseMapping,
  caseRun,
  int8Values,
  numberOf,
  operandsOf,
  singleOutputStage,
} from '../case-values.ts';

/** `arm_elementwise_add_s8`. */
export const elementwiseAddS8: CaseMapping = (example) => {
  if (numberOf(example, 'left_shift') !== 20) return { reason: 'add shifts its operands by 20' };
  const stage = (operand: 1 | 2) => ({
    zeroPoint: -numberOf(example, `input${operand}_offset`),
    multiplier: numberOf(example, `input${operand}_multiplier`),
    shift: numberOf(example, `input${operand}_shift`),
  });
  const size = numberOf(example, 'size');
  const parameters = {
    firstShape: [size],
    secondShape: [size],
    constant: null,
    first: stage(1),
    second: stage(2),
    output: singleOutputStage(example),
  };
  const expected = int8Values(example, 'expected', size);
  return [caseRun(add, parameters, operandsOf(example, [size], [size]), expected)];
};
