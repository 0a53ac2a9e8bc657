import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { add } from '../../src/ops/add.ts';
import {
  expectNearFloat,
  int8Tensor,
  nodeOf,
  operandCases,
  operandPatterns,
  quantizations,
  sumStages,
} from '../support/operands.ts';
import { describeCases, expectEverywhere, expectKernels, propertyRuns } from '../support/oracle.ts';

describeCases('add', 'elementwise_add_s8');

const stages = fc.record({
  zeroPoint: fc.integer({ min: -128, max: 127 }),
  multiplier: fc.oneof(
    fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
    fc.constantFrom(0, 2 ** 30, 2 ** 31 - 1),
  ),
  shift: fc.oneof(fc.integer({ min: -3, max: 0 }), fc.integer({ min: -31, max: 0 })),
});

const none = { activation: 'none' } as const;

describe('add', () => {
  it('gives the same bytes in every kernel variant, in place too, as in the reference', () => {
    fc.assert(
      fc.property(operandCases, stages, stages, sumStages, ({ operands, inputs }, a, b, output) => {
        for (const second of [a, b]) {
          const parameters = { ...operands, first: a, second, output };
          expectKernels(add, parameters, inputs, add.reference(parameters, inputs));
        }
      }),
      { numRuns: propertyRuns },
    );
  });

  it('repeats either operand along any axes', () => {
    for (const { operands, inputs } of operandPatterns) {
      const tensors = [int8Tensor('a', operands.firstShape), int8Tensor('b', operands.secondShape)];
      const context = nodeOf(add, none, tensors, { scale: 1, zeroPoint: 0 });
      const parameters = add.prepare(context);
      expectKernels(add, parameters, inputs, add.reference(parameters, inputs));
    }
  });

  it('is within a step of the float sum, whatever scales and activation', () => {
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
          const context = nodeOf(add, { activation }, [first, second], y);
          expectNearFloat(add, context, constant === undefined ? inputs : [...inputs, constant]);
          const parameters = add.prepare(context);
          expectKernels(add, parameters, inputs, add.reference(parameters, inputs));
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('rounds a half away from zero and clamps', () => {
    const tensors = [int8Tensor('a', [4], 0.25), int8Tensor('b', [4], 0.25)];
    const parameters = add.prepare(nodeOf(add, none, tensors, { scale: 0.5, zeroPoint: 1 }));
    const inputs = [Int8Array.of(3, -3, 127, -128), Int8Array.of(2, -2, 127, -128)];
    // 5 and -5 quarters are 2.5 and -2.5 output steps.
    expectEverywhere(add, parameters, inputs, Int8Array.of(4, -2, 127, -127));
  });

  it('adds a channel bias, a row to a column, and one constant by a table', () => {
    const image = int8Tensor('a', [1, 2, 1, 2]);
    const bias = int8Tensor('b', [2], 0.5, 0, Int8Array.of(10, 20));
    const biased = add.prepare(nodeOf(add, none, [image, bias]));
    expectEverywhere(add, biased, [Int8Array.of(1, 2, 3, 4)], Int8Array.of(11, 22, 13, 24));

    const outer = add.prepare(
      nodeOf(add, none, [int8Tensor('a', [2, 1]), int8Tensor('b', [1, 3])]),
    );
    const sums = Int8Array.of(11, 12, 13, 21, 22, 23);
    expectEverywhere(add, outer, [Int8Array.of(10, 20), Int8Array.of(1, 2, 3)], sums);
    expect(add.inPlace(outer)).toBe(false);

    const one = int8Tensor('b', [1], 0.5, 0, Int8Array.of(5));
    const shifted = add.prepare(nodeOf(add, none, [int8Tensor('a', [2]), one]));
    expectEverywhere(add, shifted, [Int8Array.of(-1, 125)], Int8Array.of(4, 127));
    expect(add.lower(shifted, 'scalar', 'speed')?.kernel).toBe('lookup');
  });

  it('costs two tables of 1 KiB for speed, one where inputs are scaled alike, none for size', () => {
    const shape = [1, 8];
    const [a, b, c] = [int8Tensor('a', shape), int8Tensor('b', shape), int8Tensor('c', shape, 0.4)];
    const bytes = (tensors: (typeof a)[], optimize: 'speed' | 'size') =>
      add.lower(add.prepare(nodeOf(add, none, tensors)), 'scalar', optimize)?.weights.length;
    expect(bytes([a, c], 'speed')).toBe(2048);
    expect(bytes([a, b], 'speed')).toBe(1024);
    expect(bytes([a, c], 'size')).toBe(0);
  });

  it('refuses shapes that do not fit each other', () => {
    const shapes = (first: number[], second: number[]) => () =>
      nodeOf(add, none, [int8Tensor('a', first), int8Tensor('b', second)]);
    expect(shapes([1, 4, 3], [4, 2])).toThrow(
      "node 'n' (add): inputs do not fit each other: expected shapes of at most 4 axes that are equal, or 1, " +
        'from the last axis on, received 1x4x3 and 4x2',
    );
    expect(shapes([1, 1, 1, 1, 2], [2])).toThrow('received 1x1x1x1x2 and 2');
  });

  it('refuses an output scale so small that the sum would be scaled up', () => {
    const tensors = [int8Tensor('a', [1], 1), int8Tensor('b', [1], 1)];
    expect(() =>
      add.prepare(nodeOf(add, none, tensors, { scale: 2 ** -19, zeroPoint: 0 })),
    ).toThrow("node 'n' (add): the sum cannot be rescaled: expected a factor below 1, received 1");
  });
});
