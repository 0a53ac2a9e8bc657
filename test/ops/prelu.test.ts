import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prelu } from '../../src/ops/prelu.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { expectNearFloat, int8Tensor, nodeOf, quantizations } from '../support/operands.ts';
import { expectEverywhere, expectKernels, int8, propertyRuns, values } from '../support/oracle.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

const half = { scale: 0.5, zeroPoint: 0 };

/** A prelu of pixels of as many channels as there are slopes. */
function preluOf(
  pixels: number,
  slopes: Int8Array,
  { input = half, alpha = half, output = half } = {},
) {
  const x = int8Tensor('x', [1, pixels, slopes.length], input.scale, input.zeroPoint);
  const a = int8Tensor('alpha', [slopes.length], alpha.scale, alpha.zeroPoint, slopes);
  return nodeOf(prelu, {}, [x, a], output);
}

const multipliers = fc.record({
  multiplier: fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
  shift: fc.oneof(fc.integer({ min: -10, max: 2 }), fc.integer({ min: -31, max: 6 })),
});

describe('prelu', () => {
  it('multiplies negative values by the slope of their channel', () => {
    // Slopes 0.5, -1, 0 and 2.
    const parameters = prelu.prepare(preluOf(2, Int8Array.of(1, -2, 0, 4)));
    const data = Int8Array.of(-8, -8, -8, -8, 9, 9, 9, -100);
    const expected = Int8Array.of(-4, 8, 0, -16, 9, 9, 9, -128);
    expectEverywhere(prelu, parameters, [data], expected);
  });

  it('takes one slope for all channels', () => {
    const x = int8Tensor('x', [1, 3]);
    const alpha = int8Tensor('alpha', [1, 1], 0.5, 3, Int8Array.of(5));
    const parameters = prelu.prepare(nodeOf(prelu, {}, [x, alpha]));
    expectEverywhere(prelu, parameters, [Int8Array.of(-4, 4, -7)], Int8Array.of(-4, 4, -7));
  });

  it('equals the reference in every kernel variant, in place too', () => {
    fc.assert(
      fc.property(
        fc
          .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 35 }))
          .chain(([pixels, channels]) =>
            fc.tuple(fc.constant(pixels), values(int8, channels), values(int8, pixels * channels)),
          ),
        fc.tuple(int8, int8, int8),
        multipliers,
        multipliers,
        ([pixels, slopes, data], zeroPoints, identity, product) => {
          const [inputZeroPoint, slopeZeroPoint, outputZeroPoint] = zeroPoints;
          const zeros = { inputZeroPoint, slopeZeroPoint, outputZeroPoint };
          const parameters = { pixels, slopes, ...zeros, identity, product };
          expectKernels(prelu, parameters, [data], prelu.reference(parameters, [data]));
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('is near the float op, prepared from any quantizations', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 20 })
          .chain((channels) => fc.tuple(values(int8, channels), values(int8, 3 * channels))),
        fc.record({ input: quantizations, alpha: quantizations, output: quantizations }),
        ([slopes, data], all) => {
          const context = preluOf(3, slopes, all);
          expectNearFloat(prelu, context, [data, slopes]);
        },
      ),
      { numRuns: propertyRuns },
    );
  });

  it('gives the same bytes when its parameters are folded into the kernel', async () => {
    const slopes = Int8Array.from({ length: 11 }, (_, i) => 20 * i - 100);
    await expectCompiledEqual(
      nodeGraph(preluOf(4, slopes, { input: { scale: 0.4, zeroPoint: 9 } })),
    );
  });

  it('refuses slopes for other axes than the last', () => {
    const alpha = int8Tensor('alpha', [2, 3], 0.5, 0, new Int8Array(6));
    expect(thrownMessage(() => nodeOf(prelu, {}, [int8Tensor('x', [2, 3]), alpha]))).toBe(
      "node 'n' (prelu): alpha 'alpha' does not fit the input: expected 3 values along the last axis, for an input of 2x3, received 2x3; share alpha along all other axes",
    );
  });

  it('refuses slopes that are an activation', () => {
    const context = nodeOf(prelu, {}, [int8Tensor('x', [1, 3]), int8Tensor('alpha', [3])]);
    expect(thrownMessage(() => prelu.prepare(context))).toBe(
      "node 'n' (prelu): weights 'alpha' are not a constant: expected int8 data, received an activation",
    );
  });
});
