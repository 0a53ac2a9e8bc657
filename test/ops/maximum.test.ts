import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maximum } from '../../src/ops/maximum.ts';
import {
  expectNearFloat,
  int8Tensor,
  nodeOf,
  operandCases,
  operandPatterns,
  quantizations,
} from '../support/operands.ts';
import { describeCases, expectEverywhere, expectKernels, propertyRuns } from '../support/oracle.ts';

describeCases('maximum', 'maximum_minimum_s8', ({ params }) => params.kind === 'maximum');

describe('maximum', () => {
  it('gives the same bytes in every kernel variant, in place too, as in the reference', () => {
    fc.assert(
      fc.property(operandCases, ({ operands, inputs }) => {
        expectKernels(maximum, operands, inputs, maximum.reference(operands, inputs));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('repeats either operand along any axes', () => {
    for (const { operands, inputs } of operandPatterns) {
      expectKernels(maximum, operands, inputs, maximum.reference(operands, inputs));
    }
  });

  it('is the float maximum of real values', () => {
    fc.assert(
      fc.property(operandCases, quantizations, ({ operands, inputs }, { scale, zeroPoint }) => {
        const constant = operands.constant ?? undefined;
        const first = int8Tensor('a', operands.firstShape, scale, zeroPoint);
        const second = int8Tensor('b', operands.secondShape, scale, zeroPoint, constant);
        const context = nodeOf(maximum, {}, [first, second], { scale, zeroPoint });
        const all = constant === undefined ? inputs : [...inputs, constant];
        expectNearFloat(maximum, context, all, 0.001);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('takes the greater of a row and a column', () => {
    const operands = { firstShape: [2, 1], secondShape: [3], constant: null };
    const inputs = [Int8Array.of(-128, 5), Int8Array.of(4, 5, 127)];
    expectEverywhere(maximum, operands, inputs, Int8Array.of(4, 5, 127, 5, 5, 127));
  });

  it('refuses inputs of different quantization and shapes that do not fit', () => {
    const tensors = [int8Tensor('a', [2], 0.5, 3), int8Tensor('b', [2], 0.25, 3)];
    expect(() => maximum.prepare(nodeOf(maximum, {}, tensors))).toThrow(
      "node 'n' (maximum): inputs 'a' and 'b' are quantized differently: " +
        'expected scale 0.5, zero point 3, received scale 0.25, zero point 3',
    );
    expect(() => nodeOf(maximum, {}, [int8Tensor('a', [3]), int8Tensor('b', [2])])).toThrow(
      "node 'n' (maximum): inputs do not fit each other",
    );
  });
});
