import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount } from '../../src/graph/types.ts';
import { stridedSlice } from '../../src/ops/strided_slice.ts';
import { joinAxes } from '../../src/ops/support/strided.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat, int8Tensor, nodeOf } from '../support/operands.ts';
import { expectEverywhere, expectKernels, int8, propertyRuns, values } from '../support/oracle.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

interface Slice {
  readonly begin: readonly number[];
  readonly size: readonly number[];
  readonly strides: readonly number[];
}

const sliceOf = (shape: readonly number[], attributes: Slice) =>
  nodeOf(stridedSlice, attributes, [int8Tensor('x', shape)]);

/** One axis: its extent and a slice of it. */
const axis = (most: number) =>
  fc
    .record({
      extent: fc.integer({ min: 1, max: most }),
      stride: fc.oneof(fc.constant(1), fc.constantFrom(2, 3, -1, -2)),
      first: fc.nat(1000),
      count: fc.nat(1000),
    })
    .map(({ extent, stride, first, count }) => {
      const begin = first % extent;
      const room = stride > 0 ? extent - 1 - begin : begin;
      return {
        extent,
        stride,
        begin,
        size: 1 + (count % (Math.floor(room / Math.abs(stride)) + 1)),
      };
    });

const anyCase = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.tuple(axis(3), axis(4), axis(6), axis(40)))
  .map(([rank, axes]) => axes.slice(4 - rank))
  .chain((axes) => {
    const shape = axes.map(({ extent }) => extent);
    const attributes = {
      begin: axes.map(({ begin }) => begin),
      size: axes.map(({ size }) => size),
      strides: axes.map(({ stride }) => stride),
    };
    return values(int8, elementCount(shape)).map((data) => ({ shape, attributes, data }));
  });

describe('strided_slice', () => {
  const matrix = Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);

  it.each([
    ['rows', { begin: [1, 0], size: [2, 4], strides: [1, 1] }, [5, 6, 7, 8, 9, 10, 11, 12]],
    [
      'a part of each row, as a split does',
      { begin: [0, 2], size: [3, 2], strides: [1, 1] },
      [3, 4, 7, 8, 11, 12],
    ],
    ['every second column', { begin: [0, 1], size: [3, 2], strides: [1, 2] }, [2, 4, 6, 8, 10, 12]],
    ['backwards', { begin: [2, 3], size: [2, 2], strides: [-2, -3] }, [12, 9, 4, 1]],
  ])('picks %s', (_, attributes, expected) => {
    const parameters = stridedSlice.prepare(sliceOf([3, 4], attributes));
    expectEverywhere(stridedSlice, parameters, [matrix], Int8Array.from(expected));
  });

  it('equals the reference in every kernel variant, in place where all strides are positive', () => {
    fc.assert(
      fc.property(anyCase, ({ shape, attributes, data }) => {
        const context = sliceOf(shape, attributes);
        const parameters = stridedSlice.prepare(context);
        const moving = attributes.strides.some((stride) => stride < 0);
        expect(stridedSlice.inPlace(parameters)).toBe(!moving);
        expectKernels(stridedSlice, parameters, [data], stridedSlice.reference(parameters, [data]));
        expectNearFloat(stridedSlice, context, [data], 0);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('gives the same bytes when its shape is folded into the kernel', async () => {
    const attributes = { begin: [0, 1, 3, 0], size: [1, 2, 2, 5], strides: [1, 2, -1, 1] };
    await expectCompiledEqual(nodeGraph(sliceOf([1, 4, 4, 5], attributes)));
  });

  it('joins axes that lie in one piece', () => {
    const whole = sliceOf([2, 3, 4], { begin: [1, 0, 0], size: [1, 3, 4], strides: [1, 1, 1] });
    expect(joinAxes(stridedSlice.prepare(whole))).toEqual({ start: 12, sizes: [12], steps: [1] });
  });

  it.each([
    [
      { begin: [0], size: [3, 4], strides: [1, 1] },
      "node 'n' (strided_slice): 'begin' does not fit the input: expected 2 numbers for an input of 3x4, received 1",
    ],
    [
      { begin: [0, 1], size: [3, 2], strides: [1, 3] },
      "node 'n' (strided_slice): slice leaves the input along axis 1: expected places from 0 to 3, received 1 to 4",
    ],
    [
      { begin: [1, 0], size: [3, 4], strides: [-1, 1] },
      "node 'n' (strided_slice): slice leaves the input along axis 0: expected places from 0 to 2, received 1 to -1",
    ],
  ])('refuses what does not fit: %j', (attributes, message) => {
    expect(thrownMessage(() => sliceOf([3, 4], attributes))).toBe(message);
  });
});
