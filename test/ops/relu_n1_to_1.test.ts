import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reluN1To1 } from '../../src/ops/relu_n1_to_1.ts';
import { expectUnary, runUnary } from '../support/unary.ts';

describe('relu_n1_to_1', () => {
  it('clamps to -1 and 1', () => {
    const quantization = { scale: 0.125, zeroPoint: 3 };
    const data = [-128, -6, -5, -4, 3, 10, 11, 12, 127];
    expect(runUnary(reluN1To1, {}, { ...quantization, data }, quantization)).toEqual([
      -5, -5, -5, -4, 3, 10, 11, 11, 11,
    ]);
  });

  it('equals the reference in every kernel variant, and is near the float op', () => {
    expectUnary(reluN1To1, { attributes: fc.constant({}) });
  });

  it('can be fused as the activation relu_n1_to_1', () => {
    expect(reluN1To1.activation).toBe('relu_n1_to_1');
  });
});
