import { describe, expect, it } from 'vitest';
import { type DenseParameters, dense } from '../../src/ops/dense.ts';
import type { MatrixWeights } from '../../src/ops/support/pack.ts';
import { packByteQuads } from '../../src/ops/support/pack_quads.ts';
import { expectKernels } from '../support/oracle.ts';

const laneStart = 2 ** 23;
const bytesOf = (...list: number[]) => [...Uint8Array.from(list, (value) => value & 0xff)];
const int32s = (...list: number[]) => [...new Uint8Array(Int32Array.from(list).buffer)];

/** Rows over two columns, the first one of 1 and 2, the second one of 3 and 4, ...; the fourth one has the extremes. */
function matrix(rows: number): MatrixWeights {
  const weights = Int8Array.from({ length: 2 * rows }, (_, i) => i + 1);
  weights.set([-128, 127].slice(0, rows > 3 ? 2 : 0), rows > 3 ? 6 : 0);
  return {
    rows,
    depth: 2,
    weights,
    bias: Int32Array.from({ length: rows }, (_, row) => 10 * row),
    multipliers: new Int32Array(rows).fill(2 ** 30),
    shifts: new Int32Array(rows).fill(-2),
  };
}

describe('packByteQuads', () => {
  it('puts four channels into a word, two of them raised, and takes from biases what lanes start from', () => {
    const { bytes, narrow } = packByteQuads(matrix(4));
    expect(narrow).toBe(true);
    expect([...bytes]).toEqual([
      ...bytesOf(1 + 128, -128, 5 + 128, 3),
      ...bytesOf(2 + 128, 127, 6 + 128, 4),
      ...int32s(-2 * laneStart, 2 ** 30, 2 ** 30),
      ...int32s(20, 2 ** 30, 2 ** 30),
      ...int32s(40 - 2 * laneStart, 2 ** 30, 2 ** 30),
      ...int32s(60, 2 ** 30, 2 ** 30),
    ]);
  });

  it('puts channels that fill no block one behind another, as they are', () => {
    const { bytes } = packByteQuads(matrix(5));
    expect([...bytes.subarray(56)]).toEqual([
      ...bytesOf(9, 10, 0, 0),
      ...int32s(80, 2 ** 30, 2 ** 30),
    ]);
  });

  it('counts a lane for every 256 columns', () => {
    const biasOf = (depth: number) => {
      const weights = new Int8Array(4 * depth);
      const { bytes } = packByteQuads({ ...matrix(4), depth, weights });
      return new DataView(bytes.buffer).getInt32(4 * depth, true);
    };
    expect([0, 1, 256, 257, 600].map(biasOf)).toEqual(
      [1, 1, 1, 2, 3].map((stretches) => -2 * stretches * laneStart),
    );
  });
});

describe('the product with byte quads', () => {
  /** Weights and inputs that take the lanes of raised weights as far as they can go, outputs around 0. */
  function layer(inputCount: number, weight: number, input: number): DenseParameters {
    const outputCount = 5;
    return {
      inputCount,
      outputCount,
      inputZeroPoint: 0,
      weights: new Int8Array(inputCount * outputCount).fill(weight),
      bias: Int32Array.from({ length: outputCount }, (_, c) => 8 * c - inputCount * weight * input),
      output: {
        multipliers: new Int32Array(outputCount).fill(2 ** 30),
        shifts: new Int32Array(outputCount).fill(-2),
        outputZeroPoint: 5,
        min: -128,
        max: 127,
      },
    };
  }

  it.each([
    [127, -128],
    [127, 127],
    [-128, -128],
    [-128, 127],
  ])('is exact for weights of %i and inputs of %i, whatever their number', (weight, input) => {
    for (const count of [1, 7, 8, 15, 16, 24, 255, 256, 257, 258, 512, 513, 770]) {
      const parameters = layer(count, weight, input);
      const values = new Int8Array(count).fill(input);
      const expected = dense.reference(parameters, [values]);
      expect([...expected]).toEqual([5, 6, 7, 8, 9]);
      expectKernels(dense, parameters, [values], expected);
    }
  });
});
