// Rescaling of four accumulators that share one multiplier and one shift.
import { doublingHighMul4, rescale4 } from './fixedpoint';

/** Four accumulators scaled by multiplier * 2^(shift - 31), for any shift in [-31, 30]. */
@inline
export function rescaleUniform4(accumulators: v128, multiplier: i32, shift: i32): v128 {
  const multipliers = i32x4.splat(multiplier);
  if (shift >= 0) return doublingHighMul4(i32x4.shl(accumulators, shift), multipliers);
  return rescale4(accumulators, multipliers, i32x4.splat(1 << (31 + shift)));
}
