import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SlidingWindowParameters, slidingWindow } from '../../src/ops/sliding_window.ts';
import { nodeGraph } from '../support/node-graph.ts';
import { int8Tensor, nodeOf } from '../support/operands.ts';
import {
  expectSequence,
  int8,
  propertyRuns,
  referenceSequence,
  values,
} from '../support/oracle.ts';
import { expectCompiledSequence } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

const quantization = { scale: 0.5, zeroPoint: -3 };

const windowOf = (shape: readonly number[], axis: number, length: number) =>
  nodeOf(
    slidingWindow,
    { axis, length },
    [int8Tensor('x', shape, quantization.scale, quantization.zeroPoint)],
    quantization,
  );

const sequences = fc
  .record({
    rows: fc.integer({ min: 1, max: 3 }),
    kept: fc.integer({ min: 1, max: 50 }),
    added: fc.integer({ min: 1, max: 50 }),
    zeroPoint: int8,
  })
  .chain((parameters: SlidingWindowParameters) =>
    fc.record({
      parameters: fc.constant(parameters),
      inputs: fc.array(values(int8, parameters.rows * parameters.added), {
        minLength: 1,
        maxLength: 6,
      }),
    }),
  );

describe('sliding_window', () => {
  it('shows what was there, zeros at first, with what is new behind', () => {
    const context = windowOf([1, 1, 2], 1, 2);
    expect(context.outputs[0]?.shape).toEqual([1, 3, 2]);
    const inputs = [1, 3, 5].map((first) => Int8Array.of(first, first + 1));
    expectSequence(slidingWindow, slidingWindow.prepare(context), inputs, [
      Int8Array.of(-3, -3, -3, -3, 1, 2),
      Int8Array.of(-3, -3, 1, 2, 3, 4),
      Int8Array.of(1, 2, 3, 4, 5, 6),
    ]);
  });

  it('keeps the end of each row', () => {
    const context = windowOf([2, 3], 1, 1);
    const inputs = [Int8Array.of(1, 2, 3, 11, 12, 13), Int8Array.of(4, 5, 6, 14, 15, 16)];
    expectSequence(slidingWindow, slidingWindow.prepare(context), inputs, [
      Int8Array.of(-3, 1, 2, 3, -3, 11, 12, 13),
      Int8Array.of(3, 4, 5, 6, 13, 14, 15, 16),
    ]);
  });

  it('is the same in every kernel', () => {
    fc.assert(
      fc.property(sequences, ({ parameters, inputs }) => {
        const expected = referenceSequence(slidingWindow, parameters, inputs);
        expectSequence(slidingWindow, parameters, inputs, expected);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('is the same in a compiled model', async () => {
    await expectCompiledSequence(nodeGraph(windowOf([1, 2, 5], 1, 3)));
  });

  it('shows zeros before the first inference in float too', () => {
    const output = slidingWindow.referenceFloat(windowOf([1, 2], 1, 2), [Float32Array.of(7, 8)]);
    expect([...output]).toEqual([0, 0, 7, 8]);
  });

  it('refuses an axis that the input has not', () => {
    expect(thrownMessage(() => windowOf([1, 2], 2, 1))).toBe(
      "node 'n' (sliding_window): input has no such axis: expected 0 to 1 for an input of 1x2, received 2",
    );
  });
});
