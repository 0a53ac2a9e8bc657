import { elementCount } from '../../../src/graph/types.ts';
import {
  type BatchMatmulParameters,
  batchMatmul,
  productShape,
} from '../../../src/ops/batch_matmul.ts';
import {
  type CaseMapping,
  caseRun,
  int8Values,
  numberOf,
  numbersOf,
  singleOutputStage,
} from '../case-values.ts';

/** `arm_batch_matmul_s8`; the right operand may as well be a constant. */
export const batchMatmulS8: CaseMapping = (example) => {
  const [left, right] = [numbersOf(example, 'lhs_shape'), numbersOf(example, 'rhs_shape')];
  const attributes = {
    adjX: numberOf(example, 'adj_x') === 1,
    adjY: numberOf(example, 'adj_y') === 1,
  };
  const shape = productShape(left, right, attributes);
  if (shape === undefined) return { reason: 'batch_matmul does not multiply such shapes' };
  const parameters: BatchMatmulParameters = {
    shape,
    leftZeroPoint: -numberOf(example, 'lhs_offset'),
    rightZeroPoint: -numberOf(example, 'rhs_offset'),
    output: singleOutputStage(example),
  };
  const a = int8Values(example, 'lhs_input', elementCount(left));
  const b = int8Values(example, 'rhs_input', elementCount(right));
  const count = elementCount(numbersOf(example, 'output_shape'));
  const expected = int8Values(example, 'expected', count);
  return [
    caseRun(batchMatmul, parameters, [a, b], expected),
    caseRun(batchMatmul, { ...parameters, constant: b }, [a], expected, {
      detail: 'right operand constant',
    }),
  ];
};
