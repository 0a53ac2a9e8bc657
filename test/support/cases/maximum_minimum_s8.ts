import { elementCount } from '../../../src/graph/types.ts';
import { maximum } from '../../../src/ops/maximum.ts';
import { minimum } from '../../../src/ops/minimum.ts';
import { type CaseMapping, caseRun, int8Values, numbersOf, operandsOf } from '../case-values.ts';

/** `arm_maximum_s8` and `arm_minimum_s8`; the second operand may as well be a constant. */
export const maximumMinimumS8: CaseMapping = (example) => {
  const { kind } = example.params;
  const op = [maximum, minimum].find(({ name }) => name === kind);
  if (op === undefined) return { reason: `there is no operator '${kind}'` };
  const firstShape = numbersOf(example, 'input1_shape');
  const secondShape = numbersOf(example, 'input2_shape');
  const [first, second] = operandsOf(example, firstShape, secondShape);
  const shapes = { firstShape, secondShape };
  const count = elementCount(numbersOf(example, 'output_shape'));
  const expected = int8Values(example, 'expected', count);
  return [
    caseRun(op, { ...shapes, constant: null }, [first, second], expected),
    caseRun(op, { ...shapes, constant: second }, [first], expected, {
      detail: 'second operand constant',
    }),
  ];
};
