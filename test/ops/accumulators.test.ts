import { describe, expect, it } from 'vitest';
import { WickError } from '../../src/errors.ts';
import { checkAccumulators } from '../../src/ops/support/pack.ts';

describe('checkAccumulators', () => {
  const check = (weights: readonly number[], ...bias: number[]) =>
    checkAccumulators(Int8Array.from(weights), weights.length / bias.length, Int32Array.from(bias));

  it.each([1, -1])('lets a reach of 2^31 - 1 pass and refuses 2^31 (bias of sign %d)', (sign) => {
    const room = 2 ** 31 - 1 - 255 * 6;
    expect(() => check([1, -2, 3], sign * room)).not.toThrow();
    expect(() => check([1, -2, 3], sign * (room + 1))).toThrow(WickError);
  });

  it('refuses the least int32 as a bias even where there are no weights', () => {
    expect(() => check([0], 2 ** 31 - 1)).not.toThrow();
    expect(() => check([0], -(2 ** 31))).toThrow(WickError);
  });

  it('names the first row that is over', () => {
    const over = 2 ** 31 - 255;
    expect(() => check([0, 1, 1], 0, over, over)).toThrow(
      'the accumulator of output channel 1 may overflow',
    );
  });
});
