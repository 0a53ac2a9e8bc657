import * as fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  anySeed,
  expectClose,
  kernels,
  noise,
  place,
  placeParameter,
  read,
  readParameter,
  reset,
  room,
} from './harness.ts';
import { columnSums, product } from './naive.ts';

/** Beyond 256 inputs the product is made in several parts. */
const sizes = fc.record({
  count: fc.integer({ min: 1, max: 9 }),
  inputs: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 250, max: 600 })),
  outputs: fc.integer({ min: 1, max: 40 }),
});

interface Case {
  readonly count: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly x: Float32Array;
  /** [outputs][inputs] */
  readonly w: Float32Array;
  readonly bias: Float32Array;
  readonly dy: Float32Array;
}

function property(check: (values: Case) => void): void {
  fc.assert(
    fc.property(sizes, anySeed, ({ count, inputs, outputs }, seed) => {
      reset();
      check({
        count,
        inputs,
        outputs,
        x: noise(count * inputs, seed),
        w: noise(outputs * inputs, seed + 1),
        bias: noise(outputs, seed + 2),
        dy: noise(count * outputs, seed + 3),
      });
    }),
  );
}

const entry = (values: Float32Array, width: number) => (row: number, column: number) =>
  values[row * width + column] as number;
const transposed = (values: Float32Array, width: number) => (row: number, column: number) =>
  values[column * width + row] as number;

const weightsLayout = ({ inputs, outputs }: Case) => ({
  groups: 1,
  rows: inputs,
  columns: outputs,
});
const biasLayout = ({ outputs }: Case) => ({ groups: 1, rows: 1, columns: outputs });

describe('dense, for any batch and layer size', () => {
  it('is bias + x * weights for each row of the batch', () => {
    property((values) => {
      const { count, inputs, outputs, x, w, bias } = values;
      const y = room(count * outputs);
      kernels.denseForward(
        count,
        place(x),
        placeParameter(weightsLayout(values), w),
        placeParameter(biasLayout(values), bias),
        y,
        inputs,
        outputs,
      );
      const expected = product([count, inputs, outputs], entry(x, inputs), transposed(w, inputs));
      expectClose(
        read(y, count * outputs),
        expected.map((value, i) => value + (bias[i % outputs] as number)),
      );
    });
  });

  it('adds transposed dy * x to the weight gradient', () => {
    property((values) => {
      const { count, inputs, outputs, x, w: initial, dy } = values;
      const gradient = placeParameter(weightsLayout(values), initial);
      const packed = room(Math.ceil(outputs / 16) * 16 * count);
      kernels.denseWeightGradient(count, place(x), place(dy), gradient, packed, inputs, outputs);
      const expected = product([outputs, count, inputs], transposed(dy, outputs), entry(x, inputs));
      expectClose(
        readParameter(weightsLayout(values), gradient),
        expected.map((value, i) => value + (initial[i] as number)),
      );
    });
  });

  it('adds the sum over the batch to the bias gradient', () => {
    property((values) => {
      const { count, outputs, bias: initial, dy } = values;
      const gradient = placeParameter(biasLayout(values), initial);
      kernels.denseBiasGradient(count, place(dy), gradient, outputs);
      const expected = columnSums(count, outputs, dy).map((v, i) => v + (initial[i] as number));
      expectClose(readParameter(biasLayout(values), gradient), expected);
    });
  });

  it('is dy * weights for the input gradient', () => {
    property((values) => {
      const { count, inputs, outputs, w, dy } = values;
      const weights = room(Math.ceil(inputs / 16) * 16 * outputs);
      const panels = placeParameter(weightsLayout(values), w);
      kernels.transposePanels(1, inputs, outputs, panels, weights);
      const dx = room(count * inputs);
      kernels.denseInputGradient(count, place(dy), weights, dx, inputs, outputs);
      const expected = product([count, outputs, inputs], entry(dy, outputs), entry(w, inputs));
      expectClose(read(dx, count * inputs), expected);
    });
  });
});
