import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/graph/types.ts';
import { quantize } from '../../src/ops/quantize.ts';
import { borders, bytesOf, floatsFor } from '../support/floats.ts';
import { int8Tensor, nodeOf } from '../support/operands.ts';
import { expectKernels, propertyRuns } from '../support/oracle.ts';

/** What the reference, and every kernel variant, makes of these values. */
function quantized(values: readonly number[], scale: number, zeroPoint: number): number[] {
  const parameters = { count: values.length, scale: Math.fround(scale), zeroPoint };
  const input = Float32Array.from(values);
  const expected = quantize.reference(parameters, [input]);
  expectKernels(quantize, parameters, [bytesOf(input)], expected);
  return [...expected];
}

const floatTensor = (shape: readonly number[]): Tensor => ({ name: 'x', shape, dtype: 'float32' });

/** As often as fills a vector of sixteen, with a rest. */
const often = (values: readonly number[]) => [...values, ...values, ...values, ...values];

describe('quantize of float32', () => {
  it('divides by the scale and adds the zero point', () => {
    const values = often([0, 0.5, 1, -1, -0, 10]);
    expect(quantized(values, 0.5, 3)).toEqual(often([3, 4, 5, 1, 3, 23]));
  });

  it('rounds halves away from zero, and nothing below them', () => {
    const below = 0.49999997;
    const values = often([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, below, -below, 1.4999999, -1.4999999]);
    expect(quantized(values, 1, 0)).toEqual(often([1, 2, 3, -1, -2, -3, 0, 0, 1, -1]));
  });

  it('divides in float32, where a quotient just below a half becomes the half', () => {
    const scale = Math.fround(6 / 24.5);
    expect(6 / scale).toBeLessThan(24.5);
    expect(quantized([6, -6], scale, 0)).toEqual([25, -25]);
  });

  it.each([
    [0, [127, -128]],
    [-128, [1, -128]],
    [127, [127, -4]],
  ] as const)('saturates, with a zero point of %i', (zeroPoint, [above, below]) => {
    const huge = [1e30, -1e30, 2 ** 31, -(2 ** 31), 511.9, -511.9, Infinity, -Infinity];
    const ends = huge.map((value) => (value > 0 ? 127 : -128));
    expect(quantized(often([...huge, 129, -131]), 1, zeroPoint)).toEqual(
      often([...ends, above, below]),
    );
  });

  it('makes the zero point of a NaN, whichever', () => {
    const quiet = new Float32Array(Uint32Array.of(0x7fc00000, 0xffc00000, 0x7f800001).buffer);
    expect(quantized(often([...quiet]), 0.1, -7)).toEqual(new Array(12).fill(-7));
  });

  it('gives the same bytes in every kernel variant, in place too', () => {
    const anyCase = borders.chain((parameters) =>
      floatsFor(parameters.scale, parameters.count).map((input) => ({ parameters, input })),
    );
    fc.assert(
      fc.property(anyCase, ({ parameters, input }) => {
        const expected = quantize.reference(parameters, [input]);
        expectKernels(quantize, parameters, [bytesOf(input)], expected);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('takes scale and zero point from its output', () => {
    const context = nodeOf(quantize, {}, [floatTensor([1, 3])], { scale: 0.25, zeroPoint: 9 });
    expect(quantize.prepare(context)).toEqual({ count: 3, scale: 0.25, zeroPoint: 9 });
    expect(quantize.macs(context)).toBe(0);
  });

  it('refuses an output that is not int8', () => {
    const context = nodeOf(quantize, {}, [floatTensor([1, 3])]);
    const outputs = [{ ...floatTensor([1, 3]), name: 'y' }];
    expect(() => quantize.prepare({ ...context, outputs })).toThrow(
      "node 'n' (quantize): tensor 'y' is not quantized as a whole: expected int8 with one scale and one zero point, received float32 with 0 scales",
    );
  });

  it('takes int8 inputs as before', () => {
    const context = nodeOf(quantize, {}, [int8Tensor('x', [1, 2], 0.5, 1)]);
    const parameters = quantize.prepare(context);
    expect(quantize.reference(parameters, [Int8Array.of(3, -4)])).toEqual(Int8Array.of(2, -5));
  });
});
