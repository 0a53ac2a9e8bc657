import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mul } from '../../src/ops/mul.ts';
import {
  expectNearFloat,
  int8Tensor,
  nodeOf,
  operandCases,
  operandPatterns,
  quantizations,
} from '../support/operands.ts';
import {
  describeCases,
  expectEverywhere,
  expectKernels,
  outputStages,
  propertyRuns,
} from '../support/oracle.ts';

describeCases('mul', 'elementwise_mul_s8');

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
