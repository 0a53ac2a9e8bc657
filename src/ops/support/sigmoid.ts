// Logistic and hyperbolic tangent in fixed point. A Qn number is an int32 with n integer bits and 31 - n fractional ones.
import { elementCount, type Tensor } from '../../graph/types.ts';
import type { NodeContext } from '../op.ts';
import { expOfNegative, reciprocalOfOnePlus } from './exponential.ts';
import {
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPowerOfTwo,
} from './fixedpoint.ts';
import { perTensor } from './quantized.ts';
import { nodeTitle } from './title.ts';

const int32Max = 2 ** 31 - 1;
const inputBits = 4;

/** The parameters of an int8 logistic or tanh. */
export interface SigmoidParameters {
  readonly count: number;
  readonly inputZeroPoint: number;
  /** Turns the input less its zero point into Q4. */
  readonly multiplier: number;
  readonly shift: number;
  /** From this distance from the zero point on the output is saturated. */
  readonly radius: number;
}

/**
 * Source: TFLM `CalculateArithmeticOpDataLogistic` and its twin for tanh, with `CalculateInputRadius`. Input scales below
 * 2^-28, for which TFLM is undefined, go on as the formula says.
 */
export function prepareSigmoid(context: NodeContext): SigmoidParameters {
  const [input] = context.inputs as [Tensor];
  const { scale, zeroPoint } = perTensor(nodeTitle(context), input);
  const { multiplier, shift } = quantizeMultiplier(scale * 2 ** (31 - inputBits), Infinity);
  const most = (2 ** inputBits - 1) * 2 ** (31 - inputBits);
  return {
    count: elementCount(input.shape),
    inputZeroPoint: zeroPoint,
    multiplier,
    shift,
    radius: Math.floor(most / 2 ** shift),
  };
}

/**
 * Applies `evaluate`, from Q4 to Q0, to each value; the output has `outputBits` bits behind the point. The order of the
 * two comparisons matters where the radius is 0.
 */
export function mapSigmoid(
  { inputZeroPoint, multiplier, shift, radius }: SigmoidParameters,
  input: Int8Array,
  evaluate: (a: number) => number,
  {
    outputBits,
    outputZeroPoint,
  }: { readonly outputBits: number; readonly outputZeroPoint: number },
): Int8Array {
  return input.map((value) => {
    const difference = value - inputZeroPoint;
    if (difference <= -radius) return -128;
    if (difference >= radius) return 127;
    const result = evaluate(multiplyByQuantizedMultiplier(difference, multiplier, shift));
    const output = roundingDivideByPowerOfTwo(result, 31 - outputBits) + outputZeroPoint;
    return Math.min(127, Math.max(-128, output));
  });
}

/** 1 / (1 + exp(-a)) as Q0 for a as Q4. Source: gemmlowp `logistic`. */
export function logisticOfQ4(a: number): number {
  if (a === 0) return 2 ** 30;
  const ofMagnitude = reciprocalOfOnePlus(expOfNegative(-Math.abs(a), inputBits));
  return a > 0 ? ofMagnitude : int32Max - ofMagnitude;
}

/** tanh(a) as Q0 for a as Q4: (1 - e) / (1 + e) with e = exp(-2a). Source: gemmlowp `tanh`. */
export function tanhOfQ4(a: number): number {
  if (a === 0) return 0;
  // With a bit more before the point the same number is twice as large.
  const reciprocal = reciprocalOfOnePlus(expOfNegative(-Math.abs(a), inputBits + 1));
  // 2 / (1 + e) - 1; the reciprocal is even unless it is saturated, and then so is this.
  const ofMagnitude = reciprocal === int32Max ? int32Max : 2 * reciprocal - 2 ** 31;
  return a < 0 ? -ofMagnitude : ofMagnitude;
}
