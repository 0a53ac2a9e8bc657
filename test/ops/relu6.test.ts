import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relu6 } from '../../src/ops/relu6.ts';
import { expectUnary, runUnary } from '../support/unary.ts';

describe('relu6', () => {
  it('clamps to 0 and 6 where input and output are equally quantized', () => {
    const quantization = { scale: Math.fround(0.1), zeroPoint: -10 };
    const data = [-128, -11, -10, 0, 49, 50, 51, 127];
    expect(runUnary(relu6, {}, { ...quantization, data }, quantization)).toEqual([
      -10, -10, -10, 0, 49, 50, 50, 50,
    ]);
  });

  it('rescales where they are not', () => {
    const output = { scale: 0.25, zeroPoint: -128 };
    const data = [-4, 0, 1, 2, 11, 12, 13];
    expect(runUnary(relu6, {}, { scale: 0.5, zeroPoint: 0, data }, output)).toEqual([
      -128, -128, -126, -124, -106, -104, -104,
    ]);
  });

  it('equals the reference in every kernel variant, and is near the float op', () => {
    expectUnary(relu6, { attributes: fc.constant({}) });
  });

  it('can be fused as the activation relu6', () => {
    expect(relu6.activation).toBe('relu6');
  });
});
