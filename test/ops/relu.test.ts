import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relu } from '../../src/ops/relu.ts';
import { expectKernels, int8, propertyRuns, values } from '../support/oracle.ts';

const stage = {
  multipliers: Int32Array.of(2 ** 30),
  shifts: Int32Array.of(1),
  outputZeroPoint: -5,
  min: -5,
  max: 127,
};

describe('relu', () => {
  it('clamps at the zero point when scales are equal', () => {
    const input = Int8Array.of(-128, -6, -5, -4, 0, 127);
    const parameters = { count: 6, inputZeroPoint: -5, output: stage };
    expect(relu.reference(parameters, [input])).toEqual(Int8Array.of(-5, -5, -5, -4, 0, 127));
  });

  it('gives the same bytes in every kernel variant, in place too, as in the reference', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }).chain((count) => values(int8, count)),
        fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
        fc.integer({ min: -3, max: 2 }),
        fc.integer({ min: -128, max: 127 }),
        (input, multiplier, shift, inputZeroPoint) => {
          const output = {
            ...stage,
            multipliers: Int32Array.of(multiplier),
            shifts: Int32Array.of(shift),
          };
          const parameters = { count: input.length, inputZeroPoint, output };
          expectKernels(relu, parameters, [input], relu.reference(parameters, [input]));
        },
      ),
      { numRuns: propertyRuns },
    );
  });
});
