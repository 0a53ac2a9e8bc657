import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount } from '../../src/graph/types.ts';
import { batchMatmul, type ProductShape, productShape } from '../../src/ops/batch_matmul.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat, int8Tensor, nodeOf, quantizations } from '../support/operands.ts';
import {
  describeCases,
  expectEverywhere,
  expectKernels,
  int8,
  outputStages,
  propertyRuns,
  values,
} from '../support/oracle.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

const op = batchMatmul;
const plain = { adjX: false, adjY: false };

describeCases('batch_matmul', 'batch_matmul_s8');

const batchAxis = fc.constantFrom([1, 1], [1, 2], [2, 1], [2, 2], [3, 3]);

/** Any two tensors of matrices that fit each other, with their values. */
const operands = (depths: fc.Arbitrary<number>, most: number) =>
  fc
    .record({
      batches: fc.tuple(batchAxis, batchAxis),
      rows: fc.integer({ min: 1, max: most }),
      depth: depths,
      columns: fc.integer({ min: 1, max: most }),
      ranks: fc.tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 2, max: 4 })),
      adjX: fc.boolean(),
      adjY: fc.boolean(),
    })
    .chain(({ batches: [outer, inner], rows, depth, columns, ranks, adjX, adjY }) => {
      const matrix = (first: number, second: number, swapped: boolean) =>
        swapped ? [second, first] : [first, second];
      const shapeOf = (which: 0 | 1, last: readonly number[]) =>
        [outer[which] as number, inner[which] as number, ...last].slice(4 - ranks[which]);
      const left = shapeOf(0, matrix(rows, depth, adjX));
      const right = shapeOf(1, matrix(depth, columns, adjY));
      return fc.record({
        attributes: fc.constant({ adjX, adjY }),
        left: fc.constant(left),
        right: fc.constant(right),
        a: values(int8, elementCount(left)),
        b: values(int8, elementCount(right)),
        constant: fc.boolean(),
      });
    });

describe('batch_matmul', () => {
  it('multiplies matrices, stored one way or the other', () => {
    const output = { scale: 0.25, zeroPoint: 1 };
    const product = (attributes: typeof plain, left: number[], right: number[], a: number[]) => {
      const context = nodeOf(
        op,
        attributes,
        [int8Tensor('a', left), int8Tensor('b', right)],
        output,
      );
      const b = attributes.adjY ? [7, 9, 11, 8, 10, 12] : [7, 8, 9, 10, 11, 12];
      const inputs = [Int8Array.from(a), Int8Array.from(b)];
      expectEverywhere(op, op.prepare(context), inputs, Int8Array.of(59, 65, 127, 127));
      expect(op.macs(context)).toBe(12);
    };
    // [[1, 2, 3], [4, 5, 6]] times [[7, 8], [9, 10], [11, 12]] is [[58, 64], [139, 154]].
    product(plain, [2, 3], [3, 2], [1, 2, 3, 4, 5, 6]);
    product({ adjX: true, adjY: true }, [3, 2], [2, 3], [1, 4, 2, 5, 3, 6]);
  });

  it('equals the reference in every kernel variant', () => {
    fc.assert(
      fc.property(
        operands(fc.integer({ min: 1, max: 20 }), 10),
        fc.tuple(int8, int8),
        outputStages(1),
        ({ attributes, left, right, a, b, constant }, [leftZeroPoint, rightZeroPoint], output) => {
          const shape = productShape(left, right, attributes) as ProductShape;
          const parameters = { shape, leftZeroPoint, rightZeroPoint, output };
          const expected = op.reference(parameters, [a, b]);
          if (constant) {
            expectKernels(op, { ...parameters, constant: b }, [a], expected);
          } else {
            expectKernels(op, parameters, [a, b], expected);
          }
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it.each([
    [-128, -128, -128, -128],
    [-128, 127, -128, -128],
    [-128, -128, 127, 127],
    [127, 127, -128, -128],
    [-128, 127, 127, -128],
    [127, -128, 127, -128],
  ])('keeps the lanes of its sums apart at the extremes: %j', (a, b, leftZero, rightZero) => {
    for (const depth of [127, 128, 129, 256, 257, 600]) {
      const shape = productShape([3, depth], [depth, 5], plain) as ProductShape;
      const output = {
        multipliers: Int32Array.of(2 ** 30 + 12345),
        // The largest sums, 255 * 255 * depth, come close to the ends of int8.
        shifts: Int32Array.of(-Math.floor(Math.log2((255 * 255 * depth) / 127))),
        outputZeroPoint: 0,
        min: -128,
        max: 127,
      };
      const parameters = { shape, leftZeroPoint: leftZero, rightZeroPoint: rightZero, output };
      const inputs = [
        new Int8Array(3 * depth).fill(a),
        // Columns of different signs, so that a borrow of one lane would show in the next.
        Int8Array.from({ length: 5 * depth }, (_, i) => (i % 5 === 1 ? -1 - b : b)),
      ];
      expectKernels(op, parameters, inputs, op.reference(parameters, inputs));
    }
  });

  it('is near the float op, prepared from any quantizations', () => {
    fc.assert(
      fc.property(
        operands(fc.integer({ min: 1, max: 30 }), 5),
        fc.record({ left: quantizations, right: quantizations, output: quantizations }),
        ({ attributes, left, right, a, b, constant }, by) => {
          const x = int8Tensor('a', left, by.left.scale, by.left.zeroPoint);
          const y = int8Tensor('b', right, by.right.scale, by.right.zeroPoint, b);
          const { data: _, ...activation } = y;
          const context = nodeOf(op, attributes, [x, constant ? y : activation], by.output);
          expectNearFloat(op, context, [a, b]);
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('multiplies the scales in float32', () => {
    const [left, right] = [Math.fround(0.1), Math.fround(0.3)];
    const inputs = [int8Tensor('a', [1, 1], left), int8Tensor('b', [1, 1], right)];
    const { output } = op.prepare(nodeOf(op, plain, inputs, { scale: 1, zeroPoint: 0 }));
    expect(output.multipliers[0]).toBe(
      Math.fround(left * right) * 2 ** (31 - (output.shifts[0] as number)),
    );
    expect((output.multipliers[0] as number) % 128).toBe(0);
  });

  it.each([false, true])(
    'gives the same bytes when its shape is folded into the kernel (constant: %s)',
    async (constant) => {
      const b = Int8Array.from({ length: 2 * 7 * 9 }, (_, i) => ((37 * i) % 256) - 128);
      const inputs = [
        int8Tensor('a', [2, 5, 7], 0.1, 3),
        int8Tensor('b', [2, 9, 7], 0.02, -8, constant ? b : undefined),
      ];
      const output = { scale: 0.9, zeroPoint: -4 };
      await expectCompiledEqual(nodeGraph(nodeOf(op, { adjX: false, adjY: true }, inputs, output)));
    },
  );

  it('multiplies a tensor by itself', async () => {
    const x = int8Tensor('x', [3, 4], 0.1, 3);
    const context = nodeOf(op, { adjX: false, adjY: true }, [x, x], { scale: 2, zeroPoint: 0 });
    await expectCompiledEqual(nodeGraph(context));
  });

  it('infers shapes, with as many axes as the longer input', () => {
    const shapeOf = (left: number[], right: number[], attributes = plain) =>
      nodeOf(op, attributes, [int8Tensor('a', left), int8Tensor('b', right)]).outputs[0]?.shape;
    expect(shapeOf([2, 3], [3, 4])).toEqual([2, 4]);
    expect(shapeOf([5, 2, 3], [3, 4])).toEqual([5, 2, 4]);
    expect(shapeOf([1, 2, 3], [6, 5, 3, 4])).toEqual([6, 5, 2, 4]);
    expect(shapeOf([3, 2], [4, 3], { adjX: true, adjY: true })).toEqual([2, 4]);
  });

  it.each([
    [[2, 3], [4, 3], '2x3 and 4x3'],
    [[2, 2, 3], [3, 3, 4], '2x2x3 and 3x3x4'],
    [[3], [3, 4], '3 and 3x4'],
    [[1, 1, 1, 2, 3], [3, 4], '1x1x1x2x3 and 3x4'],
  ])('refuses %j by %j', (left, right, received) => {
    const inputs = [int8Tensor('a', left), int8Tensor('b', right)];
    expect(thrownMessage(() => nodeOf(op, plain, inputs))).toBe(
      `node 'n' (batch_matmul): inputs do not fit together: expected ..xMxK and ..xKxN, up to 4 axes, batches equal or 1, received ${received}`,
    );
  });

  it('refuses sums that could leave int32', () => {
    const contextOf = (depth: number) =>
      nodeOf(op, plain, [int8Tensor('a', [1, depth]), int8Tensor('b', [depth, 1])]);
    expect(op.prepare(contextOf(33025)).shape.depth).toBe(33025);
    expect(thrownMessage(() => op.prepare(contextOf(33026)))).toBe(
      "node 'n' (batch_matmul): accumulators may overflow: expected at most 33025 products a sum, received 33026; split the product",
    );
  });
});
