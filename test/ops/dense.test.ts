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

const tensor = (name: string, shape: number[]) => ({ name, shape, dtype: 'int8' as const });

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

  const nodeOf = (inputShape: number[], weightShape: number[]) => ({
    name: 'last',
    op: 'dense',
    attributes: { activation: 'none' } as const,
    inputs: [tensor('x', inputShape), tensor('w', weightShape)],
  });

  it('infers its shape, and counts a multiplication a weight', () => {
    const node = nodeOf([1, 7], [5, 7]);
    expect(dense.inferShapes(node)).toEqual([[1, 5]]);
    expect(dense.macs({ ...node, outputs: [tensor('y', [1, 5])] })).toBe(35);
  });

  it.each([
    [[2, 7], [5, 7], 'input is not one vector: expected shape 1xN, received 2x7'],
    [[1, 2, 7], [5, 14], 'input is not one vector: expected shape 1xN, received 1x2x7'],
    [[1, 7], [5, 8], 'weights do not fit the input: expected Ox7, received 5x8'],
    [[1, 7], [7], 'weights do not fit the input: expected Ox7, received 7'],
  ])('refuses an input of %j with weights of %j', (inputShape, weightShape, text) => {
    expect(() => dense.inferShapes(nodeOf(inputShape, weightShape))).toThrow(
      `node 'last' (dense): ${text}`,
    );
  });
});
