import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dequantize } from '../../src/ops/dequantize.ts';
import type { BorderParameters } from '../../src/ops/support/float_border.ts';
import { borders, bytesOf } from '../support/floats.ts';
import { int8Tensor, nodeOf } from '../support/operands.ts';
import { expectKernels, int8, propertyRuns, values } from '../support/oracle.ts';

/** What the reference gives, which is what every kernel variant gives to the bit. */
function dequantized(parameters: BorderParameters, input: Int8Array): Float32Array {
  const expected = dequantize.reference(parameters, [input]);
  expectKernels(dequantize, parameters, [input], bytesOf(expected));
  return expected;
}

describe('dequantize', () => {
  it('scales the difference from the zero point', () => {
    const parameters = { count: 4, scale: 0.25, zeroPoint: 3 };
    expect([...dequantized(parameters, Int8Array.of(3, 4, -128, 127))]).toEqual([
      0, 0.25, -32.75, 31,
    ]);
  });

  it('rounds the product once, to float32', () => {
    const scale = Math.fround(0.1);
    const [value] = dequantized({ count: 1, scale, zeroPoint: 0 }, Int8Array.of(3));
    expect(value).toBe(Math.fround(3 * scale));
    expect(value).not.toBe(3 * scale);
  });

  it('gives 0 for the zero point, never -0', () => {
    const [value] = dequantized({ count: 1, scale: 0.1, zeroPoint: -128 }, Int8Array.of(-128));
    expect(Object.is(value, 0)).toBe(true);
  });

  it('gives the same bytes in every kernel variant, in place too', () => {
    const anyCase = borders.chain((parameters) =>
      values(int8, parameters.count).map((input) => ({ parameters, input })),
    );
    fc.assert(
      fc.property(anyCase, ({ parameters, input }) => {
        dequantized(parameters, input);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('takes scale and zero point from its input, and costs no multiply-accumulates', () => {
    const context = nodeOf(dequantize, {}, [int8Tensor('x', [1, 2, 3], 0.5, -7)]);
    const outputs = [{ name: 'y', shape: [1, 2, 3], dtype: 'float32' as const }];
    expect(dequantize.prepare({ ...context, outputs })).toEqual({
      count: 6,
      scale: 0.5,
      zeroPoint: -7,
    });
    expect(dequantize.macs(context)).toBe(0);
  });

  it('refuses an output that is not float32, and an input that is not int8', () => {
    const context = nodeOf(dequantize, {}, [int8Tensor('x', [1, 2])]);
    expect(() => dequantize.prepare(context)).toThrow(
      "node 'n' (dequantize): output 'y' has the wrong type: expected float32, received int8",
    );
    const float = { name: 'f', shape: [1, 2], dtype: 'float32' as const };
    expect(() => dequantize.prepare({ ...context, inputs: [float], outputs: [float] })).toThrow(
      "node 'n' (dequantize): tensor 'f' is not quantized as a whole",
    );
  });

  it('passes values on in a float graph', () => {
    const context = nodeOf(dequantize, {}, [int8Tensor('x', [1, 2])]);
    const input = Float32Array.of(1.5, -2);
    expect(dequantize.referenceFloat(context, [input])).toEqual(input);
  });
});
