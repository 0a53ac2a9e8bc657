import { elementCount } from '../../../src/graph/types.ts';
import { type PadParameters, pad } from '../../../src/ops/pad.ts';
import { type CaseMapping, caseRun, int8Values, numberOf, numbersOf } from '../case-values.ts';

/** `arm_pad_s8`. */
export const padS8: CaseMapping = (example) => {
  const parameters: PadParameters = {
    inputShape: numbersOf(example, 'input_shape'),
    before: numbersOf(example, 'pre_pad'),
    outputShape: numbersOf(example, 'output_shape'),
    mode: 'constant',
    value: numberOf(example, 'pad_value'),
  };
  const input = int8Values(example, 'input', elementCount(parameters.inputShape));
  const expected = int8Values(example, 'expected', elementCount(parameters.outputShape));
  return [caseRun(pad, parameters, [input], expected)];
};
