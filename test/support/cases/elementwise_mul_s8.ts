import { mul } from '../../../src/ops/mul.ts';
import {
  type CaseMapping,
  caseRun,
  int8Values,
  numberOf,
  operandsOf,
  singleOutputStage,
} from '../case-values.ts';

/** `arm_elementwise_mul_s8`. */
export const elementwiseMulS8: CaseMapping = (example) => {
  const size = numberOf(example, 'size');
  const parameters = {
    firstShape: [size],
    secondShape: [size],
    constant: null,
    firstZeroPoint: -numberOf(example, 'input1_offset'),
    secondZeroPoint: -numberOf(example, 'input2_offset'),
    output: singleOutputStage(example),
  };
  const expected = int8Values(example, 'expected', size);
  return [caseRun(mul, parameters, operandsOf(example, [size], [size]), expected)];
};
