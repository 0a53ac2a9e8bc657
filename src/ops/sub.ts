import { sumOp } from './support/sum.ts';

/**
 * The difference of two tensors, element by element with broadcasting, and a fused activation. The second input may be a
 * constant. Source: TFLM `reference_ops::SubElementwise` and `CalculateOpDataSub`, which unlike `CalculateOpDataAdd`
 * divides in single precision.
 */
export const sub = sumOp('sub', -1, (first, second, output) => {
  const twiceMax = 2 * Math.max(first, second);
  return {
    first: Math.fround(first / twiceMax),
    second: Math.fround(second / twiceMax),
    output: Math.fround(twiceMax / (2 ** 20 * output)),
  };
});
