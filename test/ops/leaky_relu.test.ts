import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leakyRelu } from '../../src/ops/leaky_relu.ts';
import { int8Tensor, nodeOf } from '../support/operands.ts';
import { expectUnary, runUnary } from '../support/unary.ts';

const unit = { scale: 0.5, zeroPoint: 0 };

describe('leaky_relu', () => {
  it('multiplies negative values by alpha', () => {
    const data = [-128, -8, -4, 0, 5, 127];
    expect(runUnary(leakyRelu, { alpha: 0.25 }, { ...unit, data }, unit)).toEqual([
      -32, -2, -1, 0, 5, 127,
    ]);
  });

  it('takes any alpha: above 1, 0 and negative', () => {
    const data = [-100, -2, 2];
    expect(runUnary(leakyRelu, { alpha: 2 }, { ...unit, data }, unit)).toEqual([-128, -4, 2]);
    expect(runUnary(leakyRelu, { alpha: 0 }, { ...unit, data }, unit)).toEqual([0, 0, 2]);
    expect(runUnary(leakyRelu, { alpha: -0.5 }, { ...unit, data }, unit)).toEqual([50, 1, 2]);
  });

  it('forms its factors in float32', () => {
    const input = int8Tensor('x', [1, 1], Math.fround(0.1), 0);
    const output = { scale: Math.fround(0.3), zeroPoint: 0 };
    const { multipliers } = leakyRelu.prepare(
      nodeOf(leakyRelu, { alpha: 0.7 }, [input], output),
    ).output;
    // Float32 factors have 24 bits, so the last seven bits of their multipliers are 0.
    expect([...multipliers].map((multiplier) => multiplier % 128)).toEqual([0, 0]);
  });

  it('equals the reference in every kernel variant, and is near the float op', () => {
    expectUnary(leakyRelu, {
      attributes: fc.record({ alpha: fc.double({ min: -2, max: 2, noNaN: true }) }),
    });
  });
});
