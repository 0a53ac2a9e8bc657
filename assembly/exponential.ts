// Exponential and reciprocal in fixed point. A Qn number is an int32 with n integer bits and 31 - n fractional ones.
import { doublingHighMul, roundingShiftRight } from './fixedpoint';

@inline
function saturate(x: i64): i32 {
  return <i32>min(max(x, <i64>i32.MIN_VALUE), <i64>i32.MAX_VALUE);
}

/** exp(a) as Q0 for a in [-1/4, 0) as Q0: the Taylor series around -1/8 up to the fourth power. */
function expOfSmall(a: i32): i32 {
  const x = a + (1 << 28);
  const x2 = doublingHighMul(x, x);
  const x3 = doublingHighMul(x2, x);
  const x4 = doublingHighMul(x2, x2);
  const cubic = doublingHighMul(roundingShiftRight(x4, 2) + x3, 715827883);
  const series = roundingShiftRight(cubic + x2, 1);
  return saturate(<i64>1895147668 + <i64>doublingHighMul(x + series, 1895147668));
}

/** exp(a) as Q0 for a <= 0 as Q5. */
export function expOfNegative(a: i32): i32 {
  if (a == 0) return i32.MAX_VALUE;
  const quarter = 1 << 24;
  const remainder = (a & (quarter - 1)) - quarter;
  let result = expOfSmall(remainder << 5);
  const quarters = remainder - a;
  // exp(-2^i) for each binary digit of what is left.
  if (quarters & quarter) result = doublingHighMul(result, 1672461947);
  if (quarters & (quarter << 1)) result = doublingHighMul(result, 1302514674);
  if (quarters & (quarter << 2)) result = doublingHighMul(result, 790015084);
  if (quarters & (quarter << 3)) result = doublingHighMul(result, 290630308);
  if (quarters & (quarter << 4)) result = doublingHighMul(result, 39332535);
  if (quarters & (quarter << 5)) result = doublingHighMul(result, 720401);
  if (quarters & (quarter << 6)) result = doublingHighMul(result, 242);
  return result;
}

/** 1 / (1 + a) as Q0 for a in [0, 1) as Q0, by three steps of Newton. */
export function reciprocalOfOnePlus(a: i32): i32 {
  const halfDenominator = <i32>((<i64>a + <i64>i32.MAX_VALUE + 1) >> 1);
  let x = 1515870810 + doublingHighMul(halfDenominator, -1010580540);
  for (let step = 0; step < 3; step++) {
    const rest = (1 << 29) - doublingHighMul(halfDenominator, x);
    x = saturate(<i64>x + <i64>saturate((<i64>doublingHighMul(x, rest)) << 2));
  }
  return saturate((<i64>x) << 1);
}
