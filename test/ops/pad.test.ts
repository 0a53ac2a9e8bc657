import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementCount } from '../../src/graph/types.ts';
import { pad } from '../../src/ops/pad.ts';
import { check } from '../../src/schema.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat, int8Tensor, nodeOf } from '../support/operands.ts';
import {
  describeCases,
  expectEverywhere,
  expectKernels,
  int8,
  propertyRuns,
  values,
} from '../support/oracle.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

describeCases('pad', 'pad_s8');

type Padding = readonly (readonly [number, number])[];
type Mode = 'constant' | 'reflect' | 'symmetric' | 'edge' | 'wrap';
const modes = ['constant', 'reflect', 'symmetric', 'edge', 'wrap'] as const;

const quantization = { scale: 0.25, zeroPoint: -7 };
const padOf = (shape: readonly number[], padding: Padding, mode: Mode = 'constant', value = 0) =>
  nodeOf(
    pad,
    { padding, mode, value },
    [int8Tensor('x', shape, quantization.scale, quantization.zeroPoint)],
    quantization,
  );

const axis = (most: number) =>
  fc.record({
    extent: fc.integer({ min: 1, max: most }),
    before: fc.oneof(fc.constant(0), fc.nat(5)),
    after: fc.oneof(fc.constant(0), fc.nat(5)),
  });

const anyCase = fc
  .record({
    rank: fc.integer({ min: 1, max: 4 }),
    axes: fc.tuple(axis(2), axis(5), axis(6), axis(36)),
    mode: fc.constantFrom(...modes),
    value: fc.double({ min: -40, max: 40, noNaN: true }),
  })
  .chain(({ rank, axes, mode, value }) => {
    const used = axes.slice(4 - rank);
    const shape = used.map(({ extent }) => extent);
    const padding = used.map(({ extent, before, after }): [number, number] => {
      const most = { constant: 5, edge: 5, reflect: extent - 1, symmetric: extent, wrap: extent }[
        mode
      ];
      return [Math.min(before, most), Math.min(after, most)];
    });
    return values(int8, elementCount(shape)).map((data) => ({ shape, padding, mode, value, data }));
  });

describe('pad', () => {
  it.each([
    ['constant', [-7, -7, 1, 2, 3, -7]],
    ['reflect', [3, 2, 1, 2, 3, 2]],
    ['symmetric', [2, 1, 1, 2, 3, 3]],
    ['edge', [1, 1, 1, 2, 3, 3]],
    ['wrap', [2, 3, 1, 2, 3, 1]],
  ] as const)('pads a row (%s)', (mode, expected) => {
    const parameters = pad.prepare(padOf([3], [[2, 1]], mode));
    expectEverywhere(pad, parameters, [Int8Array.of(1, 2, 3)], Int8Array.from(expected));
  });

  it('pads with the quantized zero unless told otherwise, with a real value, saturated', () => {
    const paddedWith = (value?: number) =>
      pad.prepare(padOf([3], [[1, 1]], 'constant', value)).value;
    expect([
      paddedWith(),
      paddedWith(1),
      paddedWith(-1.1),
      paddedWith(100),
      paddedWith(-1000),
    ]).toEqual([-7, -3, -11, 127, -128]);
    expect(check(pad.attributes, { padding: [[1, 1]] }, 'here')).toEqual({
      padding: [[1, 1]],
      mode: 'constant',
      value: 0,
    });
  });

  it('equals the reference in every kernel variant', () => {
    fc.assert(
      fc.property(anyCase, ({ shape, padding, mode, value, data }) => {
        const context = padOf(shape, padding, mode, value);
        const parameters = pad.prepare(context);
        expectKernels(pad, parameters, [data], pad.reference(parameters, [data]));
        expectNearFloat(pad, context, [data], 0.5001);
      }),
      { numRuns: propertyRuns },
    );
  });

  it.each(modes)(
    'gives the same bytes when its shape is folded into the kernel (%s)',
    async (mode) => {
      const padding: Padding = [
        [0, 0],
        [1, 2],
        [2, 0],
        [0, 0],
      ];
      await expectCompiledEqual(nodeGraph(padOf([1, 3, 4, 5], padding, mode)));
    },
  );

  it('refuses a padding for another number of axes', () => {
    expect(thrownMessage(() => padOf([2, 3], [[1, 1]]))).toBe(
      "node 'n' (pad): 'padding' does not fit the input: expected 2 pairs for an input of 2x3, received 1",
    );
  });

  it.each([
    ['reflect', 'mirror', 3, 2],
    ['symmetric', 'mirror', 4, 3],
    ['wrap', 'repeat', 4, 3],
  ] as const)('refuses more than there is (%s)', (mode, verb, after, most) => {
    expect(thrownMessage(() => padOf([3], [[0, after]], mode))).toBe(
      `node 'n' (pad): padding is larger than what there is to ${verb} along axis 0: expected at most ${most}, received ${after}`,
    );
    expect(padOf([3], [[most, most]], mode).outputs[0]?.shape).toEqual([3 + 2 * most]);
  });
});
