// Softmax over rows of int8. The output has scale 1/256 and zero point -128.
import { expOfNegative, reciprocalOfOnePlus } from '../exponential';
import { doublingHighMul, roundingShiftRight } from '../fixedpoint';

/** exp(beta * difference) as Q0. */
@inline
function exponential(difference: i32, multiplier: i32, leftShift: i32): i32 {
  return expOfNegative(doublingHighMul(difference << leftShift, multiplier));
}

/** Each row's exponentials are taken twice: once for their sum, once for the output, so that none need be kept. */
export function softmax(
  x: usize,
  out: usize,
  rows: i32,
  depth: i32,
  multiplier: i32,
  leftShift: i32,
  leastDifference: i32,
): void {
  for (let row = 0; row < rows; row++) {
    let most = -128;
    for (let c = 0; c < depth; c++) most = max(most, <i32>load<i8>(x + <usize>c));
    let sum = 0;
    for (let c = 0; c < depth; c++) {
      const difference = <i32>load<i8>(x + <usize>c) - most;
      if (difference >= leastDifference) {
        sum += roundingShiftRight(exponential(difference, multiplier, leftShift), 12);
      }
    }
    const zeros = clz(sum);
    const scale = reciprocalOfOnePlus((sum << zeros) ^ i32.MIN_VALUE);
    const shift = 12 - zeros + 31 - 8;
    for (let c = 0; c < depth; c++) {
      const difference = <i32>load<i8>(x + <usize>c) - most;
      let output = -128;
      if (difference >= leastDifference) {
        const product = doublingHighMul(scale, exponential(difference, multiplier, leftShift));
        output = min(max(roundingShiftRight(product, shift) - 128, -128), 127);
      }
      store<i8>(out + <usize>c, output);
    }
    x += <usize>depth;
    out += <usize>depth;
  }
}
