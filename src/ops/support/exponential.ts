// Exponential and reciprocal in fixed point. A Qn number is an int32 with n integer bits and 31 - n fractional ones.
import { roundingDivideByPowerOfTwo, saturatingRoundingDoublingHighMul } from './fixedpoint.ts';

const int32Max = 2 ** 31 - 1;
const int32Min = -(2 ** 31);

const multiply = saturatingRoundingDoublingHighMul;
const saturate = (x: number) => Math.min(int32Max, Math.max(int32Min, x));

/** exp(-2^i) as Q0, for i = -2 .. 4. */
const powers = [1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242];

/** exp(a) as Q0 for a in [-1/4, 0) as Q0: the Taylor series around -1/8 up to the fourth power. */
function expOfSmall(a: number): number {
  const expOfMinusEighth = 1895147668;
  const oneThird = 715827883;
  const x = a + 2 ** 28;
  const x2 = multiply(x, x);
  const x3 = multiply(x2, x);
  const x4 = multiply(x2, x2);
  const cubic = multiply(roundingDivideByPowerOfTwo(x4, 2) + x3, oneThird);
  const series = roundingDivideByPowerOfTwo(cubic + x2, 1);
  return saturate(expOfMinusEighth + multiply(expOfMinusEighth, x + series));
}

/** exp(a) as Q0 for a <= 0 with at most 5 integer bits. Source: gemmlowp `exp_on_negative_values`. */
export function expOfNegative(a: number, integerBits: number): number {
  if (a === 0) return int32Max;
  const quarter = 2 ** (29 - integerBits);
  const remainder = (a & (quarter - 1)) - quarter;
  let result = expOfSmall(remainder * 2 ** integerBits);
  const quarters = remainder - a;
  powers.forEach((power, i) => {
    if (quarters & (quarter << i)) result = multiply(result, power);
  });
  return result;
}

/** 1 / (1 + a) as Q0 for a in [0, 1) as Q0, by three steps of Newton. Source: gemmlowp `one_over_one_plus_x_for_x_in_0_1`. */
export function reciprocalOfOnePlus(a: number): number {
  const halfDenominator = Math.floor((a + int32Max + 1) / 2);
  let x = 1515870810 + multiply(halfDenominator, -1010580540);
  for (let step = 0; step < 3; step++) {
    const rest = 2 ** 29 - multiply(halfDenominator, x);
    x = saturate(x + saturate(multiply(x, rest) * 4));
  }
  return saturate(x * 2);
}
