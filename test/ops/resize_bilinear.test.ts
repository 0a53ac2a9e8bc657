import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resizeBilinear } from '../../src/ops/resize_bilinear.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat } from '../support/operands.ts';
import { expectEverywhere, expectKernels, propertyRuns } from '../support/oracle.ts';
import { centers, resizeCases, resizeOf } from '../support/resizes.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

const op = resizeBilinear;

describe('resize_bilinear', () => {
  it.each([
    // Places 0, 0.5, 1, 1.5 of which the last lies behind the last pixel.
    ['plain', [0, 50, 100, 100]],
    // Places 0, 1/3 (341 / 1024), 2/3 (682 / 1024) and 1 (1023 / 1024).
    ['alignCorners', [0, 33, 67, 100]],
    // Places -0.25, 0.25, 0.75 and 1.25.
    ['halfPixelCenters', [0, 25, 75, 100]],
  ] as const)('spreads two pixels over four (%s)', (kind, expected) => {
    const context = resizeOf(op, [1, 2, 1], { size: [1, 4], ...centers[kind] });
    expectEverywhere(op, op.prepare(context), [Int8Array.of(0, 100)], Int8Array.from(expected));
  });

  it('mixes four pixels and rounds ties away from zero', () => {
    const context = resizeOf(op, [2, 2, 1], { size: [4, 4], ...centers.plain });
    const image = Int8Array.of(-1, 0, 2, 5);
    const expected = [-1, -1, 0, 0, 1, 2, 3, 3, 2, 4, 5, 5, 2, 4, 5, 5];
    expectEverywhere(op, op.prepare(context), [image], Int8Array.from(expected));
  });

  it('shows the last pixel where the rounded scale leads beyond it', () => {
    const context = resizeOf(op, [1, 1, 5], { size: [1, 2000], ...centers.plain });
    const pixel = Int8Array.of(-128, -1, 0, 77, 127);
    const expected = Int8Array.from({ length: 5 * 2000 }, (_, i) => pixel[i % 5] as number);
    expectEverywhere(op, op.prepare(context), [pixel], expected);
  });

  it('equals the reference in every kernel variant', () => {
    fc.assert(
      fc.property(resizeCases, ({ shape, attributes, data }) => {
        const context = resizeOf(op, shape, attributes);
        const parameters = op.prepare(context);
        expectKernels(op, parameters, [data], op.reference(parameters, [data]));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('is as near to the float op as places of ten bits allow', () => {
    fc.assert(
      fc.property(resizeCases, ({ shape, attributes, data }) => {
        // Along each axis a place is off by at most half a 1024th a step, of 255 steps of difference.
        const [height, width] = attributes.size;
        const steps = 0.51 + (255 * (height + width)) / 2048;
        expectNearFloat(op, resizeOf(op, shape, attributes), [data], steps);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('gives the same bytes when its shape is folded into the kernel', async () => {
    const context = resizeOf(op, [3, 4, 5], { size: [7, 6], ...centers.halfPixelCenters });
    await expectCompiledEqual(nodeGraph(context));
  });

  it('refuses images whose places would leave int32', () => {
    const context = resizeOf(op, [1, 1, 1], { size: [1, 20000], ...centers.plain });
    expect(thrownMessage(() => op.prepare(context))).toBe(
      "node 'n' (resize_bilinear): image is too large to resize: expected at most 16384 rows and columns, received 20000",
    );
  });
});
