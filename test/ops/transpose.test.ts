import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount } from '../../src/graph/types.ts';
import { transpose } from '../../src/ops/transpose.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat, int8Tensor, nodeOf } from '../support/operands.ts';
import { describeCases, expectKernels, int8, propertyRuns, values } from '../support/oracle.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

describeCases('transpose', 'transpose_s8');

const transposeOf = (shape: readonly number[], permutation: readonly number[]) =>
  nodeOf(transpose, { permutation }, [int8Tensor('x', shape)]);

const anyCase = fc
  .tuple(
    fc.integer({ min: 1, max: 4 }),
    fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 4, maxLength: 4 }),
    fc.integer({ min: 1, max: 40 }),
  )
  .map(([rank, extents, last]) => [...extents.slice(0, rank - 1), last])
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      permutation: fc.shuffledSubarray([...shape.keys()], {
        minLength: shape.length,
        maxLength: shape.length,
      }),
      data: values(int8, elementCount(shape)),
    }),
  );

describe('transpose', () => {
  it('turns a matrix', () => {
    const parameters = transpose.prepare(transposeOf([2, 3], [1, 0]));
    expect(transpose.reference(parameters, [Int8Array.of(1, 2, 3, 4, 5, 6)])).toEqual(
      Int8Array.of(1, 4, 2, 5, 3, 6),
    );
  });

  it('equals the reference in every kernel variant', () => {
    fc.assert(
      fc.property(anyCase, ({ shape, permutation, data }) => {
        const context = transposeOf(shape, permutation);
        const parameters = transpose.prepare(context);
        const expected = transpose.reference(parameters, [data]);
        expectNearFloat(transpose, context, [data], 0);
        if (transpose.lower(parameters, 'scalar', 'speed') === null) {
          expect(expected).toEqual(data);
          expect(transpose.inPlace(parameters)).toBe(true);
        } else {
          expectKernels(transpose, parameters, [data], expected);
        }
      }),
      { numRuns: propertyRuns },
    );
  });

  it('costs nothing where only axes of size 1 move', () => {
    const parameters = transpose.prepare(transposeOf([1, 4, 1, 3], [1, 0, 3, 2]));
    expect(transpose.lower(parameters, 'scalar', 'speed')).toBeNull();
    const moving = transpose.prepare(transposeOf([1, 4, 1, 3], [3, 0, 1, 2]));
    expect(transpose.lower(moving, 'scalar', 'speed')).not.toBeNull();
    expect(transpose.inPlace(moving)).toBe(false);
  });

  it('gives the same bytes when its shape is folded into the kernel', async () => {
    await expectCompiledEqual(nodeGraph(transposeOf([1, 4, 3, 5], [0, 3, 1, 2])));
  });

  it.each([[[0]], [[0, 0]], [[0, 2]], [[0, 1, 2]]])('refuses the permutation %j', (permutation) => {
    expect(thrownMessage(() => transposeOf([2, 3], permutation))).toBe(
      `node 'n' (transpose): not a permutation of the axes: expected each of 0, 1 once, for an input of 2x3, received ${permutation.join(', ')}`,
    );
  });

  it('refuses more than four axes', () => {
    expect(thrownMessage(() => transposeOf([1, 2, 3, 4, 5], [0, 1, 2, 3, 4]))).toBe(
      "node 'n' (transpose): input has an unsupported number of axes: expected 1 to 4, received 5 (1x2x3x4x5)",
    );
  });
});
