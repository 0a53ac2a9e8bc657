import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount, type Tensor } from '../../src/graph/types.ts';
import { concat } from '../../src/ops/concat.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat, int8Tensor, nodeOf } from '../support/operands.ts';
import { expectEverywhere, expectKernels, int8, propertyRuns, values } from '../support/oracle.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

const quantization = { scale: 0.25, zeroPoint: -7 };
const tensor = (name: string, shape: readonly number[], data?: Int8Array) =>
  int8Tensor(name, shape, quantization.scale, quantization.zeroPoint, data);
const concatOf = (axis: number, inputs: readonly Tensor[], output = quantization) =>
  nodeOf(concat, { axis }, inputs, output);

/** Up to ten inputs, all but the first at times constants. */
const anyCase = fc
  .record({
    shape: fc.tuple(
      fc.integer({ min: 1, max: 2 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 20 }),
    ),
    rank: fc.integer({ min: 1, max: 4 }),
    axis: fc.nat(3),
    extents: fc.array(
      fc.record({ extent: fc.integer({ min: 1, max: 9 }), constant: fc.boolean() }),
      {
        minLength: 1,
        maxLength: 10,
      },
    ),
  })
  .chain(({ shape, rank, axis, extents }) => {
    const own = shape.slice(4 - rank);
    const shapes = extents.map(({ extent }) => own.map((e, i) => (i === axis % rank ? extent : e)));
    return fc.tuple(...shapes.map((each) => values(int8, elementCount(each)))).map((data) => ({
      axis: axis % rank,
      data,
      tensors: shapes.map((each, i) =>
        tensor(`x${i}`, each, i > 0 && extents[i]?.constant ? data[i] : undefined),
      ),
    }));
  });

describe('concat', () => {
  it('puts inputs side by side along an axis', () => {
    const inputs = [tensor('a', [2, 2]), tensor('b', [2, 1]), tensor('c', [2, 2])];
    const context = concatOf(1, inputs);
    expect(context.outputs[0]?.shape).toEqual([2, 5]);
    const data = [Int8Array.of(1, 2, 3, 4), Int8Array.of(5, 6), Int8Array.of(7, 8, 9, 10)];
    const expected = Int8Array.of(1, 2, 5, 7, 8, 3, 4, 6, 9, 10);
    expectEverywhere(concat, concat.prepare(context), data, expected);
  });

  it('takes constants', () => {
    const inputs = [tensor('a', [1, 2]), tensor('b', [2, 2], Int8Array.of(-1, -2, -3, -4))];
    const expected = Int8Array.of(5, 6, -1, -2, -3, -4);
    expectEverywhere(concat, concat.prepare(concatOf(0, inputs)), [Int8Array.of(5, 6)], expected);
  });

  it('equals the reference in every kernel variant', () => {
    fc.assert(
      fc.property(anyCase, ({ axis, data, tensors }) => {
        const context = concatOf(axis, tensors);
        const parameters = concat.prepare(context);
        const activations = data.filter((_, i) => tensors[i]?.data === undefined);
        expectKernels(concat, parameters, activations, concat.reference(parameters, activations));
        expectNearFloat(concat, context, data, 0);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('gives the same bytes when its shape is folded into the kernel', async () => {
    const constant = tensor('c', [1, 2, 3], Int8Array.of(1, -2, 3, -4, 5, -6));
    const inputs = [tensor('a', [1, 2, 5]), constant, tensor('b', [1, 2, 17])];
    await expectCompiledEqual(nodeGraph(concatOf(2, inputs)));
  });

  it.each([
    [
      2,
      [tensor('a', [2, 2])],
      'input has no such axis: expected 0 to 1 for an input of 2x2, received 2',
    ],
    [
      1,
      [tensor('a', [2, 2]), tensor('b', [3, 2])],
      "'b' does not fit the first input: expected 2xN, received 3x2",
    ],
    [
      0,
      [tensor('a', [2, 2]), tensor('b', [2, 2, 1])],
      "'b' does not fit the first input: expected Nx2, received 2x2x1",
    ],
  ])('refuses shapes that do not fit', (axis, inputs, message) => {
    expect(thrownMessage(() => concatOf(axis, inputs))).toBe(`node 'n' (concat): ${message}`);
  });

  it('refuses an input with another quantization than the output', () => {
    const inputs = [tensor('a', [1, 2]), int8Tensor('b', [1, 2], 0.5, -7)];
    expect(thrownMessage(() => concat.prepare(concatOf(1, inputs)))).toBe(
      "node 'n' (concat): input 'b' has another quantization than the output: expected scale 0.25, zero point -7, received scale 0.5, zero point -7; put a 'quantize' node before it",
    );
  });
});
