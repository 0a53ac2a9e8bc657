import { describe, expect, it } from 'vitest';
import { quantizedActivationRange } from '../../src/ops/support/activation.ts';

const { fround } = Math;

describe('quantizedActivationRange', () => {
  it('is all of int8 without an activation', () => {
    expect(quantizedActivationRange('none', 0.1, 5)).toEqual({ min: -128, max: 127 });
  });

  it('starts at the zero point, and ends where the activation does', () => {
    expect(quantizedActivationRange('relu', 0.1, -10)).toEqual({ min: -10, max: 127 });
    expect(quantizedActivationRange('relu6', 0.125, -10)).toEqual({ min: -10, max: 38 });
    expect(quantizedActivationRange('relu_n1_to_1', 0.125, 3)).toEqual({ min: -5, max: 11 });
  });

  it('never leaves int8', () => {
    expect(quantizedActivationRange('relu6', 0.01, -128)).toEqual({ min: -128, max: 127 });
    expect(quantizedActivationRange('relu_n1_to_1', 0.001, 0)).toEqual({ min: -128, max: 127 });
  });

  it('divides in float32, where a quotient just below a half becomes the half', () => {
    const scale = fround(6 / 24.5);
    expect(6 / scale).toBeLessThan(24.5);
    expect(fround(6 / scale)).toBe(24.5);
    expect(quantizedActivationRange('relu6', scale, -100).max).toBe(-100 + 25);
  });

  it('rounds halves away from zero on both sides', () => {
    expect(quantizedActivationRange('relu_n1_to_1', 0.4, 0)).toEqual({ min: -3, max: 3 });
  });
});
