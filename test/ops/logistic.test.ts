import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logistic } from '../../src/ops/logistic.ts';
import { expOfNegative } from '../../src/ops/support/exponential.ts';
import { logisticOfQ4 } from '../../src/ops/support/sigmoid.ts';
import { propertyRuns } from '../support/oracle.ts';
import { expectUnary, runUnary } from '../support/unary.ts';

const output = { scale: 1 / 256, zeroPoint: -128 };
const q4 = fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 });
const nonPositive = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 0 }),
  fc.integer({ min: -9, max: 0 }),
);

describe('logistic', () => {
  it('is a half at 0 and symmetrical around it', () => {
    const data = [-128, -64, -16, 0, 16, 64, 127];
    // In 256ths: logistic(1) = 187.15, logistic(4) = 251.4, logistic(8) = 255.9.
    expect(runUnary(logistic, {}, { scale: 1 / 16, zeroPoint: 0, data }, output)).toEqual([
      -128, -123, -59, 0, 59, 123, 127,
    ]);
  });

  it('saturates where the input leaves four bits before the point', () => {
    const data = [-128, -16, -15, 14, 15, 127];
    const results = runUnary(logistic, {}, { scale: 1, zeroPoint: 0, data }, output);
    expect(results).toEqual([-128, -128, -128, 127, 127, 127]);
  });

  it('knows only the two ends at scales of 8 and more, the lower one for 0', () => {
    const data = [-5, -4, -3];
    const results = runUnary(logistic, {}, { scale: 8, zeroPoint: -4, data }, output);
    expect(results).toEqual([-128, -128, 127]);
  });

  it('equals the reference in every kernel variant, and is near the float op', () => {
    expectUnary(logistic, { attributes: fc.constant({}), output });
  });

  it('is near the real logistic for any number of four bits before the point', () => {
    fc.assert(
      fc.property(q4, (a) => {
        const real = 1 / (1 + Math.exp(-a / 2 ** 27));
        expect(Math.abs(logisticOfQ4(a) / 2 ** 31 - real)).toBeLessThan(3e-7);
      }),
      { numRuns: propertyRuns },
    );
  });

  it.each([3, 4, 5])(
    'has an exponential that is near the real one, with %i bits before the point',
    (bits) => {
      fc.assert(
        fc.property(nonPositive, (a) => {
          const real = Math.exp(a / 2 ** (31 - bits));
          expect(Math.abs(expOfNegative(a, bits) / 2 ** 31 - real)).toBeLessThan(3e-7);
        }),
        { numRuns: propertyRuns },
      );
    },
  );

  it('takes more bits of its input than a number with five before the point has', () => {
    const odd = -(2 ** 27) - 1;
    expect(expOfNegative(odd - 1, 4)).toBeLessThan(expOfNegative(odd + 1, 4));
    expect(expOfNegative(odd - 1, 4)).toBe(expOfNegative((odd - 1) / 2, 5));
  });
});
