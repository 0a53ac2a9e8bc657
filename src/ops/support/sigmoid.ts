// Logistic and hyperbolic tangent in fixed point. A Qn number is an int32 with n integer bits and 31 - n fractional ones.
import { elementCount, type Tensor } from '../../graph/types.ts';
import type { NodeContext } from '../op.ts';
import { expOfNegative, reciprocalOfOnePlus } from './exponential.ts';
import {
  saturatingRoundingDoublingHighMul as multiply,
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

/** exp(-2^i) as Q0, for i = -2 .. 4. */
const powers = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/**
 * exp(a) as Q0 for a <= 0 with `integerBits` (at most 5) bits before the point: what `expOfNegative` is for 5.
 * Source: gemmlowp `exp_on_negative_values`.
 */
export function exponentialOf(a: number, integerBits: number): number {
  if (a === 0) return int32Max;
  const quarter = 2 ** (29 - integerBits);
  const remainder = (a & (quarter - 1)) - quarter;
  // The Taylor series around -1/8 up to the fourth power.
  const x = remainder * 2 ** integerBits + 2 ** 28;
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const cubic = multiply(roundingDivideByPowerOfTwo(x4, 2) + x3, 715827883);
  const series = roundingDivideByPowerOfTwo(cubic + x2, 1);
  let result = Math.min(int32Max, 1895147668 + multiply(1895147668, x + series));
  const quarters = remainder - a;
  powers.forEach((power, i) => {
    if (quarters & (quarter << i)) result = multiply(result, power);
  });
  return result;
}

/** 1 / (1 + exp(-a)) as Q0 for a as Q4. Source: gemmlowp `logistic`. */
export function logisticOfQ4(a: number): number {
  if (a === 0) return 2 ** 30;
  const ofMagnitude = reciprocalOfOnePlus(exponentialOf(-Math.abs(a), inputBits));
  return a > 0 ? ofMagnitude : int32Max - ofMagnitude;
}

/** tanh(a) as Q0 for a as Q4: (1 - e) / (1 + e) with e = exp(-2a). Source: gemmlowp `tanh`. */
export function tanhOfQ4(a: number): number {
  if (a === 0) return 0;
  // Read as Q5 the same number is twice as large.
  const reciprocal = reciprocalOfOnePlus(expOfNegative(-Math.abs(a)));
  // 2 / (1 + e) - 1; the reciprocal is even unless it is saturated, and then so is this.
  const ofMagnitude = reciprocal === int32Max ? int32Max : 2 * reciprocal - 2 ** 31;
  return a < 0 ? -ofMagnitude : ofMagnitude;
}
