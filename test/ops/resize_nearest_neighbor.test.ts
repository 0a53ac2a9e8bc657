import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resizeNearestNeighbor } from '../../src/ops/resize_nearest_neighbor.ts';
import { check } from '../../src/schema.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat } from '../support/operands.ts';
import { expectEverywhere, expectKernels, propertyRuns } from '../support/oracle.ts';
import { centers, resizeCases, resizeOf } from '../support/resizes.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

const op = resizeNearestNeighbor;

describe('resize_nearest_neighbor', () => {
  it.each([
    ['plain', [1, 1, 2, 2, 3]],
    ['alignCorners', [1, 2, 2, 3, 3]],
    ['halfPixelCenters', [1, 1, 2, 3, 3]],
  ] as const)('spreads three pixels over five (%s)', (kind, expected) => {
    const context = resizeOf(op, [1, 3, 1], { size: [1, 5], ...centers[kind] });
    const pixels = Int8Array.of(1, 2, 3);
    expectEverywhere(op, op.prepare(context), [pixels], Int8Array.from(expected));
  });

  it('doubles an image', () => {
    const context = resizeOf(op, [2, 1, 2], { size: [4, 2], ...centers.plain });
    const expected = Int8Array.of(1, 2, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 3, 4);
    expectEverywhere(op, op.prepare(context), [Int8Array.of(1, 2, 3, 4)], expected);
  });

  it('finds places in float32', () => {
    // Exactly, row 41 of 82 and row 49 of 98 both lie at place 1 of 2. As float32, 2 / 82 is rounded down, so that the
    // first falls short of it; as a double, 2 / 98 is, so that the second would.
    const rowOf = (i: number, size: number) =>
      op.prepare(resizeOf(op, [2, 1, 1], { size: [size, 1], ...centers.plain })).rows[i];
    expect(rowOf(41, 82)).toBe(0);
    expect(rowOf(49, 98)).toBe(1);
  });

  it('equals the reference in every kernel variant', () => {
    fc.assert(
      fc.property(resizeCases, ({ shape, attributes, data }) => {
        const context = resizeOf(op, shape, attributes);
        const parameters = op.prepare(context);
        expectKernels(op, parameters, [data], op.reference(parameters, [data]));
        expectNearFloat(op, context, [data], 0);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('gives the same bytes when its shape is folded into the kernel', async () => {
    const context = resizeOf(op, [3, 4, 5], { size: [7, 6], ...centers.halfPixelCenters });
    await expectCompiledEqual(nodeGraph(context));
  });

  it('refuses what is no image', () => {
    const attributes = { size: [2, 2] as const, ...centers.plain };
    const inputs = [{ name: 'x', shape: [2, 2], dtype: 'int8' as const }];
    const context = { name: 'n', op: op.name, attributes, inputs };
    expect(thrownMessage(() => op.inferShapes(context))).toBe(
      "node 'n' (resize_nearest_neighbor): input is not one image: expected shape 1xHxWxC, received 2x2",
    );
  });

  it('takes only one of the two ways to align pixels, by default none', () => {
    expect(check(op.attributes, { size: [1, 2] }, 'here')).toEqual({
      size: [1, 2],
      ...centers.plain,
    });
    const both = { size: [1, 2], alignCorners: true, halfPixelCenters: true };
    expect(thrownMessage(() => check(op.attributes, both, 'here'))).toBe(
      'here: alignCorners and halfPixelCenters exclude each other',
    );
  });
});
