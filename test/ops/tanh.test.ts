import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tanhOfQ4 } from '../../src/ops/support/sigmoid.ts';
import { tanh } from '../../src/ops/tanh.ts';
import { propertyRuns } from '../support/oracle.ts';
import { expectUnary, runUnary } from '../support/unary.ts';

const output = { scale: 1 / 128, zeroPoint: 0 };

describe('tanh', () => {
  it('is 0 at 0 and symmetrical around it', () => {
    const data = [-128, -32, -16, 0, 16, 32, 127];
    // In 128ths: tanh(0.5) = 59.15, tanh(1) = 97.48, tanh(3.96875) = 127.9.
    expect(runUnary(tanh, {}, { scale: 1 / 32, zeroPoint: 0, data }, output)).toEqual([
      -128, -97, -59, 0, 59, 97, 127,
    ]);
  });

  it('saturates where the input leaves four bits before the point', () => {
    const data = [-128, -16, -15, 14, 15, 127];
    const results = runUnary(tanh, {}, { scale: 1, zeroPoint: 0, data }, output);
    expect(results).toEqual([-128, -128, -128, 127, 127, 127]);
  });

  it('equals the reference in every kernel variant, and is near the float op', () => {
    expectUnary(tanh, { attributes: fc.constant({}), output });
  });

  it('is near the real tanh for any number of four bits before the point', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }), (a) => {
        expect(Math.abs(tanhOfQ4(a) / 2 ** 31 - Math.tanh(a / 2 ** 27))).toBeLessThan(3e-7);
      }),
      { numRuns: propertyRuns },
    );
  });
});
