import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantize } from '../../src/ops/quantize.ts';
import { expectUnary, runUnary } from '../support/unary.ts';

describe('quantize', () => {
  it('moves values to another zero point', () => {
    const input = { scale: 0.1, zeroPoint: 10, data: [-128, 10, 0, 127] };
    expect(runUnary(quantize, {}, input, { scale: 0.1, zeroPoint: -5 })).toEqual([
      -128, -5, -15, 112,
    ]);
  });

  it('rounds ties upwards where only the first of two roundings acts', () => {
    const input = { scale: 0.25, zeroPoint: 0, data: [-3, -2, -1, 0, 1, 2, 3] };
    expect(runUnary(quantize, {}, input, { scale: 0.5, zeroPoint: 0 })).toEqual([
      -1, -1, 0, 0, 1, 1, 2,
    ]);
  });

  it('rounds ties away from zero where the second one acts too', () => {
    const input = { scale: 0.25, zeroPoint: 0, data: [-6, -2, -1, 0, 1, 2, 6] };
    expect(runUnary(quantize, {}, input, { scale: 1, zeroPoint: 0 })).toEqual([
      -2, -1, 0, 0, 1, 1, 2,
    ]);
  });

  it('equals the reference in every kernel variant, and is near the float op', () => {
    expectUnary(quantize, { attributes: fc.constant({}) });
  });

  it('is no activation to be fused', () => {
    expect(quantize.activation).toBeUndefined();
  });
});
