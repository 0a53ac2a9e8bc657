import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dense } from '../../src/ops/dense.ts';
import {
  describeCases,
  expectKernels,
  int8,
  int8Weight,
  outputStages,
  propertyRuns,
  values,
} from '../support/oracle.ts';

describeCases('dense', 'fully_connected_s8');

const anyCase = fc
  .record({
    inputCount: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 250, max: 900 })),
    outputCount: fc.integer({ min: 1, max: 11 }),
  })
  .chain(({ inputCount, outputCount }) =>
    fc.record({
      input: values(int8, inputCount),
      inputCount: fc.constant(inputCount),
      outputCount: fc.constant(outputCount),
      inputZeroPoint: fc.integer({ min: -128, max: 127 }),
      weights: values(int8Weight, inputCount * outputCount),
      bias: fc
        .array(fc.integer({ min: -(2 ** 24), max: 2 ** 24 }), {
          minLength: outputCount,
          maxLength: outputCount,
        })
        .map((list) => Int32Array.from(list)),
      output: outputStages(outputCount),
    }),
  );

describe('dense', () => {
  it('gives the same bytes in every kernel variant as in the reference', () => {
    fc.assert(
      fc.property(anyCase, ({ input, ...parameters }) => {
        expectKernels(dense, parameters, [input], dense.reference(parameters, [input]));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('refuses weights with which an accumulator could leave int32', () => {
    const inputCount = 70_000;
    const lower = () =>
      dense.lower(
        {
          inputCount,
          outputCount: 1,
          inputZeroPoint: 0,
          weights: new Int8Array(inputCount).fill(127),
          bias: new Int32Array(1),
          output: {
            multipliers: Int32Array.of(2 ** 30),
            shifts: Int32Array.of(-20),
            outputZeroPoint: 0,
            min: -128,
            max: 127,
          },
        },
        'scalar',
        'size',
      );
    expect(lower).toThrow('the accumulator of output channel 0 may overflow');
  });
});
