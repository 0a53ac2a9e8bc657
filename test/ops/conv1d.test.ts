// A one-dimensional convolution is a conv2d of one row: [1, 1, W, C] by weights [O, 1, n, C].
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conv2d } from '../../src/ops/conv2d.ts';
import { requantize } from '../../src/ops/support/fixedpoint.ts';
import {
  expectKernels,
  int8,
  int8Weight,
  outputStages,
  propertyRuns,
  values,
} from '../support/oracle.ts';
import { expectCompiledEqual, expectNearFloat, quantizedLayer } from '../support/single-layer.ts';

/** Any one-dimensional convolution of a series of W steps of C values. */
const anyCase = fc
  .record({
    steps: fc.integer({ min: 1, max: 20 }),
    inputs: fc.integer({ min: 1, max: 6 }),
    outputs: fc.integer({ min: 1, max: 9 }),
    kernel: fc.integer({ min: 1, max: 7 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 3 }),
    before: fc.integer({ min: 0, max: 6 }),
    after: fc.integer({ min: 0, max: 6 }),
    inputZeroPoint: int8,
  })
  .filter(({ steps, kernel, dilation, before, after }) => {
    return steps + before + after >= (kernel - 1) * dilation + 1;
  })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      series: values(int8, shape.steps * shape.inputs),
      weights: values(int8Weight, shape.outputs * shape.kernel * shape.inputs),
      output: outputStages(shape.outputs),
    }),
  );

describe('a conv2d of one row', () => {
  it('is the one-dimensional convolution, in every kernel variant', () => {
    fc.assert(
      fc.property(anyCase, ({ shape, series, weights, output }) => {
        const { steps, inputs, outputs, kernel, stride, dilation, inputZeroPoint } = shape;
        const padded = steps + shape.before + shape.after;
        const count = Math.floor((padded - (kernel - 1) * dilation - 1) / stride) + 1;
        const bias = Int32Array.from({ length: outputs }, (_, o) => 100 * o - 300);
        const expected = new Int8Array(count * outputs);
        for (let t = 0; t < count; t++) {
          for (let o = 0; o < outputs; o++) {
            let sum = bias[o] as number;
            for (let k = 0; k < kernel; k++) {
              const step = t * stride + k * dilation - shape.before;
              if (step < 0 || step >= steps) continue;
              for (let i = 0; i < inputs; i++) {
                const value = (series[step * inputs + i] as number) - inputZeroPoint;
                sum += value * (weights[(o * kernel + k) * inputs + i] as number);
              }
            }
            expected[t * outputs + o] = requantize(sum, o, output);
          }
        }
        const parameters = {
          inputShape: [1, steps, inputs],
          outputShape: [1, count, outputs],
          kernel: [1, kernel],
          stride: [1, stride],
          dilation: [1, dilation],
          padding: { top: 0, left: shape.before },
          groups: 1,
          ...{ inputZeroPoint, weights, bias, output },
        } as const;
        expect(conv2d.reference(parameters, [series])).toEqual(expected);
        expectKernels(conv2d, parameters, [series], expected);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('is written as a layer over [1, 1, W, C]', async () => {
    const layer = quantizedLayer({
      op: 'conv2d',
      attributes: {
        stride: [1, 2],
        dilation: [1, 1],
        padding: [0, 0, 2, 2],
        groups: 1,
        activation: 'relu',
      },
      inputShape: [1, 1, 32, 6],
      weightShape: [8, 1, 5, 6],
      biasCount: 8,
      seed: 3,
    });
    expect(layer.tensors.get('y')?.shape).toEqual([1, 1, 16, 8]);
    expectNearFloat(layer);
    await expectCompiledEqual(layer);
  });
});
