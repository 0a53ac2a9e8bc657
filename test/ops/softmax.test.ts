import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SoftmaxParameters, softmax } from '../../src/ops/softmax.ts';
import {
  describeCases,
  expectEverywhere,
  expectKernels,
  int8,
  propertyRuns,
  values,
} from '../support/oracle.ts';

describeCases('softmax', 'softmax_s8');

/** The parameters of one row with this input scale. */
function parametersOf(depth: number, scale: number, beta = 1): SoftmaxParameters {
  const quantization = { scale: [scale], zeroPoint: [0] };
  const tensor = (name: string) => ({
    name,
    shape: [1, depth],
    dtype: 'int8' as const,
    quantization,
  });
  return softmax.prepare({
    name: 'scores',
    op: 'softmax',
    attributes: { beta },
    inputs: [tensor('x')],
    outputs: [tensor('y')],
  });
}

const real = (output: number) => (output + 128) / 256;

describe('softmax', () => {
  it('gives the same bytes in every kernel variant, in place too, as in the reference', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.double({ min: -24, max: 3, noNaN: true }),
        fc.infiniteStream(int8),
        (rows, depth, logScale, stream) => {
          const parameters = { ...parametersOf(depth, 2 ** logScale), rows };
          const input = Int8Array.from([...stream.take(rows * depth)]);
          expectKernels(softmax, parameters, [input], softmax.reference(parameters, [input]));
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('is within a step and a half of the real softmax', () => {
    fc.assert(
      fc.property(
        values(int8, 12),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        (input, scale) => {
          const outputs = softmax.reference(parametersOf(12, scale), [input]);
          const powers = Array.from(input, (value) => Math.exp(scale * value));
          const sum = powers.reduce((total, power) => total + power, 0);
          powers.forEach((power, i) => {
            const expected = Math.min(power / sum, 255 / 256);
            expect(Math.abs(real(outputs[i] as number) - expected)).toBeLessThanOrEqual(1.5 / 256);
          });
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('gives every class its share when all are equal', () => {
    const outputs = softmax.reference(parametersOf(4, 0.1), [new Int8Array(4).fill(-7)]);
    expect([...outputs].map(real)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it.each([511, 512, 1000, 4095])(
    'stands %d equal inputs: every share is below half a step',
    (depth) => {
      const parameters = parametersOf(depth, 0.1);
      const input = new Int8Array(depth).fill(9);
      const expected = new Int8Array(depth).fill(depth === 511 ? -127 : -128);
      expectEverywhere(softmax, parameters, [input], expected);
    },
  );

  it('refuses so many values that the sum of their exponentials could overflow', () => {
    expect(() => parametersOf(4096, 0.1)).toThrow('softmax over too many values');
  });

  it.each([16, 17, 100, 2 ** 20])('with an input scale of %d leaves only the largest', (scale) => {
    const input = Int8Array.of(3, 4, 4, -128);
    const parameters = parametersOf(4, scale);
    expectEverywhere(softmax, parameters, [input], Int8Array.of(-128, 0, 0, -128));
  });

  it('refuses an input scale that is too small to tell differences', () => {
    expect(() => parametersOf(3, 2 ** -30)).toThrow(
      "node 'scores' (softmax): input scale is too small for a softmax",
    );
  });
});
