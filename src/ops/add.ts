import { sumOp } from './support/sum.ts';

/**
 * The sum of two tensors, element by element with broadcasting, and a fused activation. The second input may be a
 * constant. Source: TFLM `reference_integer_ops::AddFunc` and `CalculateOpDataAdd` (factors in double precision),
 * CMSIS-NN `arm_elementwise_add_s8`.
 */
export const add = sumOp('add', 1, (first, second, output) => {
  const twiceMax = 2 * Math.max(first, second);
  return {
    first: first / twiceMax,
    second: second / twiceMax,
    output: twiceMax / (2 ** 20 * output),
  };
});
