import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { Tensor } from '../../src/graph/types.ts';
import { type DenseParameters, dense } from '../../src/ops/dense.ts';
import { prepareGraph } from '../../src/ops/support/prepare.ts';
import { biases, int4Weights, withInt4Weights } from '../support/int4.ts';
import {
  describeCases,
  expectEverywhere,
  expectKernels,
  int8,
  outputStages,
  propertyRuns,
  values,
} from '../support/oracle.ts';
import { expectCompiledEqual, expectNearFloat, quantizedLayer } from '../support/single-layer.ts';

describeCases('dense', 'fully_connected_s4');

const anyCase = fc
  .record({
    inputCount: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 250, max: 900 })),
    outputCount: fc.integer({ min: 1, max: 11 }),
  })
  .chain(({ inputCount, outputCount }) =>
    fc.record({
      input: values(int8, inputCount),
      inputCount: fc.constant(inputCount),
      outputCount: fc.constant(outputCount),
      inputZeroPoint: fc.integer({ min: -128, max: 127 }),
      weights: int4Weights(inputCount * outputCount),
      weightBits: fc.constant(4 as const),
      bias: biases(outputCount, 24),
      output: outputStages(outputCount),
    }),
  );

/** 2^-1 for every channel, no offset, no clamp. */
const halves = (channels: number) => ({
  multipliers: new Int32Array(channels).fill(2 ** 30),
  shifts: new Int32Array(channels),
  outputZeroPoint: 0,
  min: -128,
  max: 127,
});

describe('dense with int4 weights', () => {
  it('gives the same bytes in every kernel variant as in the reference', () => {
    fc.assert(
      fc.property(anyCase, ({ input, ...parameters }) => {
        expectKernels(dense, parameters, [input], dense.reference(parameters, [input]));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('gives what is worked out by hand: five channels of three inputs', () => {
    const parameters: DenseParameters = {
      inputCount: 3,
      outputCount: 5,
      inputZeroPoint: 1,
      weights: Int8Array.of(
        ...[-8, 7, 0],
        ...[2, 0, 0],
        ...[0, 0, -2],
        ...[7, 7, 7],
        ...[-8, -8, 2],
      ),
      weightBits: 4,
      bias: Int32Array.of(0, 2, 4, -2, 6),
      output: halves(5),
    };
    // Less the zero point: 2, -4, 6.
    const input = Int8Array.of(3, -3, 7);
    const sums = [-16 - 28, 4 + 2, -12 + 4, 14 - 28 + 42 - 2, -16 + 32 + 12 + 6];
    const expected = Int8Array.from(sums, (sum) => sum / 2);
    expect([...expected]).toEqual([-22, 3, -4, 13, 17]);
    expectEverywhere(dense, parameters, [input], expected);
  });

  it('takes half a byte a weight, in one scalar layout', () => {
    const parameters: DenseParameters = {
      inputCount: 10,
      outputCount: 7,
      inputZeroPoint: 0,
      weights: new Int8Array(70).fill(-8),
      weightBits: 4,
      bias: new Int32Array(7),
      output: halves(7),
    };
    const size = dense.lower(parameters, 'scalar', 'size');
    // Four channels: 20 bytes; three of one channel: 5 each, padded to 8. 12 bytes of constants a channel.
    expect(size?.weights.length).toBe(20 + 3 * 8 + 7 * 12);
    expect(dense.lower(parameters, 'scalar', 'speed')).toEqual(size);
    // Two blocks of four channels, 16 of 16 columns each, and 64 bytes of constants.
    expect(dense.lower(parameters, 'simd', 'size')?.weights.length).toBe(2 * (32 + 64));
  });

  it('refuses weights with which an accumulator could leave int32', () => {
    const parameters: DenseParameters = {
      inputCount: 2,
      outputCount: 1,
      inputZeroPoint: 0,
      weights: Int8Array.of(-8, 7),
      weightBits: 4,
      bias: Int32Array.of(2 ** 31 - 255 * 15),
      output: halves(1),
    };
    expect(() => dense.lower(parameters, 'scalar', 'size')).toThrow(
      'the accumulator of output channel 0 may overflow',
    );
  });
});

describe.each([
  [10, 3],
  [33, 8],
])('a quantized dense layer of %d inputs and %d outputs with int4 weights', (inputs, outputs) => {
  const layer = {
    op: 'dense',
    attributes: { activation: 'none' },
    inputShape: [1, inputs],
    weightShape: [outputs, inputs],
    seed: 5,
  };
  const graph = withInt4Weights(quantizedLayer({ ...layer, biasCount: outputs }));

  it('is prepared as one of four bits', () => {
    expect(graph.tensors.get('weights')?.dtype).toBe('int4');
    expect(prepareGraph(graph)[0]?.parameters).toMatchObject({ weightBits: 4 });
    expect(prepareGraph(quantizedLayer(layer))[0]?.parameters).toMatchObject({ weightBits: 8 });
  });

  it('gives what the float op gives, to a step, and the same bytes when compiled', async () => {
    expectNearFloat(graph);
    await expectCompiledEqual(graph);
  });
});

describe('int4 weights', () => {
  it('are refused by an op that has no kernels for them, naming the node', () => {
    const graph = withInt4Weights(
      quantizedLayer({
        op: 'transpose_conv2d',
        attributes: { stride: [1, 1], padding: [0, 0], outputSize: [5, 5], activation: 'none' },
        inputShape: [1, 4, 4, 2],
        weightShape: [3, 2, 2, 2],
        seed: 1,
      }),
    );
    expect(() => compile(graph)).toThrow(
      "node 'layer' (transpose_conv2d): weights 'weights' are not int8: expected int8 data, received int4",
    );
  });

  it('need a scale for each channel or one for all', () => {
    const graph = withInt4Weights(
      quantizedLayer({
        op: 'dense',
        attributes: { activation: 'none' },
        inputShape: [1, 4],
        weightShape: [3, 4],
        seed: 1,
      }),
    );
    const weights = graph.tensors.get('weights') as Tensor;
    const tensors = new Map(graph.tensors).set('weights', {
      ...weights,
      quantization: { scale: [1, 1, 1, 1], zeroPoint: [0, 0, 0, 0], axis: 1 },
    });
    expect(() => compile({ ...graph, tensors })).toThrow(
      "node 'layer' (dense): weights 'weights' have the wrong number of scales: expected 1 or 3, received 4",
    );
  });
});
