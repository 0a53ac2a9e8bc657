import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add } from '../../src/ops/add.ts';
import { sub } from '../../src/ops/sub.ts';
import {
  expectNearFloat,
  int8Tensor,
  nodeOf,
  operandCases,
  quantizations,
} from '../support/operands.ts';
import { expectEverywhere, expectKernels, propertyRuns } from '../support/oracle.ts';

const none = { activation: 'none' } as const;

describe('sub', () => {
  it('is within a step of the float difference, the same in every kernel variant, in place too', () => {
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
          const context = nodeOf(sub, { activation }, [first, second], y);
          expectNearFloat(sub, context, constant === undefined ? inputs : [...inputs, constant]);
          const parameters = sub.prepare(context);
          expectKernels(sub, parameters, inputs, sub.reference(parameters, inputs));
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('takes the second from the first, rounds a half away from zero, and clamps', () => {
    const tensors = [int8Tensor('a', [4], 0.25), int8Tensor('b', [4], 0.25)];
    const parameters = sub.prepare(nodeOf(sub, none, tensors, { scale: 0.5, zeroPoint: 1 }));
    const inputs = [Int8Array.of(3, -3, 127, -128), Int8Array.of(-2, 2, -128, 127)];
    expectEverywhere(sub, parameters, inputs, Int8Array.of(4, -2, 127, -127));
  });

  it('subtracts a constant row by its own table even where inputs are scaled alike', () => {
    const row = int8Tensor('b', [2], 0.5, 0, Int8Array.of(10, 20));
    const parameters = sub.prepare(nodeOf(sub, none, [int8Tensor('a', [2, 2]), row]));
    expectEverywhere(sub, parameters, [Int8Array.of(1, 2, 3, 4)], Int8Array.of(-9, -18, -7, -16));
    expect(sub.lower(parameters, 'scalar', 'speed')?.weights.length).toBe(2048 + 2);
  });

  it('has its factors in single precision, where add has them in double', () => {
    const tensors = [
      int8Tensor('a', [1], Math.fround(0.1)),
      int8Tensor('b', [1], Math.fround(0.3)),
    ];
    const factor = Math.fround(0.1) / (2 * Math.fround(0.3));
    const [double, single] = [factor * 2 ** 33, Math.fround(factor) * 2 ** 33].map(Math.round);
    expect(double).not.toBe(single);
    expect(add.prepare(nodeOf(add, none, tensors)).first.multiplier).toBe(double);
    expect(sub.prepare(nodeOf(sub, none, tensors)).first.multiplier).toBe(single);
  });

  it('refuses shapes that do not fit each other', () => {
    expect(() => nodeOf(sub, none, [int8Tensor('a', [3]), int8Tensor('b', [2])])).toThrow(
      "node 'n' (sub): inputs do not fit each other",
    );
  });
});
