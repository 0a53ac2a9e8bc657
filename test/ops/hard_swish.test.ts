import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hardSwish } from '../../src/ops/hard_swish.ts';
import { int8Tensor, nodeOf } from '../support/operands.ts';
import { expectUnary, runUnary } from '../support/unary.ts';

const unit = { scale: 2 ** -5, zeroPoint: 0 };

describe('hard_swish', () => {
  it('is 0 up to -3, x from 3 on and a parabola between', () => {
    // -4, -3, -1.5, 0, 1.5, 3 and 3.96875 in steps of 1/32; (-1.5 * 1.5) / 6 = -0.375 = -12 steps.
    const data = [-128, -96, -48, 0, 48, 96, 127];
    expect(runUnary(hardSwish, {}, { ...unit, data }, unit)).toEqual([0, 0, -12, 0, 36, 96, 127]);
  });

  it('equals the reference in every kernel variant, and is near the float op', () => {
    expectUnary(hardSwish, { attributes: fc.constant({}) });
  });

  it.each([
    ['coarse output', 2 ** -5, 2 ** 5],
    ['fine output', 2 ** -1, 2 ** -8],
    ['tiny input', 2 ** -23, 2 ** -23],
  ])('refuses scales that leave 16 bits: %s', (_, inputScale, outputScale) => {
    const input = int8Tensor('x', [1, 1], inputScale, 0);
    const context = nodeOf(hardSwish, {}, [input], { scale: outputScale, zeroPoint: 0 });
    expect(() => hardSwish.prepare(context)).toThrow(
      "node 'n' (hard_swish): input scale is out of the range of 16-bit arithmetic: expected from ",
    );
  });
});
