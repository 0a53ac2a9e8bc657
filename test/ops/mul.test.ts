import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MulParameters, mul } from '../../src/ops/mul.ts';
import {
  expectNearFloat,
  int8Tensor,
  nodeOf,
  operandCases,
  operandPatterns,
  quantizations,
} from '../support/operands.ts';
import { expectEverywhere, expectKernels, outputStages, propertyRuns } from '../support/oracle.ts';
import { cmsisCases, referenceFolder } from '../support/reference.ts';

describe.skipIf(referenceFolder === undefined)("mul on CMSIS-NN's cases", () => {
  it.each(cmsisCases('elementwise_mul_s8'))('$name', ({ params, data }) => {
    const numbers = params as unknown as Record<string, number>;
    const size = numbers.size as number;
    const [min, max] = params.activation as [number, number];
    const parameters: MulParameters = {
      firstShape: [size],
      secondShape: [size],
      constant: null,
      firstZeroPoint: -(numbers.input1_offset as number),
      secondZeroPoint: -(numbers.input2_offset as number),
      output: {
        multipliers: Int32Array.of(numbers.output_multiplier as number),
        shifts: Int32Array.of(numbers.output_shift as number),
        outputZeroPoint: numbers.output_offset as number,
        min,
        max,
      },
    };
    const inputs = [Int8Array.from(data.input1 ?? []), Int8Array.from(data.input2 ?? [])];
    expectEverywhere(mul, parameters, inputs, Int8Array.from(data.expected ?? []));
  });
});

const zeroPoints = fc.integer({ min: -128, max: 127 });
const none = { activation: 'none' } as const;

describe('mul', () => {
  it('gives the same bytes in every kernel variant, in place too, as in the reference', () => {
    fc.assert(
      fc.property(
        operandCases,
        zeroPoints,
        zeroPoints,
        outputStages(1),
        ({ operands, inputs }, firstZeroPoint, secondZeroPoint, output) => {
          const parameters = { ...operands, firstZeroPoint, secondZeroPoint, output };
          expectKernels(mul, parameters, inputs, mul.reference(parameters, inputs));
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('repeats either operand along any axes', () => {
    for (const { operands, inputs } of operandPatterns) {
      const tensors = [int8Tensor('a', operands.firstShape), int8Tensor('b', operands.secondShape)];
      const context = nodeOf(mul, none, tensors, { scale: 32, zeroPoint: 0 });
      const parameters = mul.prepare(context);
      expectKernels(mul, parameters, inputs, mul.reference(parameters, inputs));
    }
  });

  it('is within a step of the float product, whatever scales and activation', () => {
    fc.assert(
      fc.property(
        operandCases,
        quantizations,
        quantizations,
        quantizations,
        fc.constantFrom('none', 'relu', 'relu6', 'relu_n1_to_1'),
        ({ operands, inputs }, a, b, y, activation) => {
          const constant = operands.constant ?? undefined;
          const first = int8Tensor('a', operands.firstShape, a.scale, a.zeroPoint);
          const second = int8Tensor('b', operands.secondShape, b.scale, b.zeroPoint, constant);
          const context = nodeOf(mul, { activation }, [first, second], y);
          expectNearFloat(mul, context, constant === undefined ? inputs : [...inputs, constant]);
          const parameters = mul.prepare(context);
          expectKernels(mul, parameters, inputs, mul.reference(parameters, inputs));
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('multiplies, rounds a half away from zero where the factor is below a half, and clamps', () => {
    const tensors = [int8Tensor('a', [1, 4], 0.5), int8Tensor('b', [4], 0.25, 1)];
    const parameters = mul.prepare(nodeOf(mul, none, tensors, { scale: 0.5, zeroPoint: -3 }));
    // Quarters of a * (b - 1).
    const inputs = [Int8Array.of(6, -6, 127, 127), Int8Array.of(2, 2, 127, -128)];
    expectEverywhere(mul, parameters, inputs, Int8Array.of(-1, -5, 127, -128));
  });

  it('rounds a half upwards where nothing is left for the second rounding', () => {
    const tensors = [int8Tensor('a', [1, 2], 0.5), int8Tensor('b', [2], 0.5, 1)];
    const parameters = mul.prepare(nodeOf(mul, none, tensors, { scale: 0.5, zeroPoint: -3 }));
    // Halves of a * (b - 1).
    const inputs = [Int8Array.of(3, -3), Int8Array.of(2, 2)];
    expectEverywhere(mul, parameters, inputs, Int8Array.of(-1, -4));
  });

  it('refuses shapes that do not fit each other', () => {
    expect(() => nodeOf(mul, none, [int8Tensor('a', [3]), int8Tensor('b', [2])])).toThrow(
      "node 'n' (mul): inputs do not fit each other",
    );
  });
});
