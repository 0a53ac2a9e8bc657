import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accumulatorRange,
  constantOutput,
  simplifyConstantRows,
} from '../../src/ops/support/constant_rows.ts';
import { type OutputRange, requantize } from '../../src/ops/support/fixedpoint.ts';
import { isNarrow, type MatrixWeights } from '../../src/ops/support/pack.ts';
import { int8, int8Weight, propertyRuns, values } from '../support/oracle.ts';

/** A row whose scale or bias is often so that nothing of an input is left, and one that is an ordinary one. */
const anyRow = (depth: number) =>
  fc.record({
    weights: values(int8Weight, depth),
    bias: fc.oneof(
      fc.integer({ min: -(2 ** 30), max: 2 ** 30 }),
      fc.integer({ min: -(2 ** 20), max: 2 ** 20 }),
      fc.constantFrom(0, 2 ** 30, -(2 ** 30)),
    ),
    multiplier: fc.oneof(fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }), fc.constant(0)),
    shift: fc.oneof(fc.integer({ min: -31, max: 3 }), fc.integer({ min: -12, max: -8 })),
  });

const anyRange = fc
  .tuple(int8, int8, int8, fc.boolean())
  .map(
    ([outputZeroPoint, a, b, whole]): OutputRange =>
      whole
        ? { outputZeroPoint, min: -128, max: 127 }
        : { outputZeroPoint, min: Math.min(a, b), max: Math.max(a, b) },
  );

const anyMatrix = fc.integer({ min: 1, max: 12 }).chain((depth) =>
  fc.record({
    rows: fc.array(anyRow(depth), { minLength: 1, maxLength: 4 }),
    output: anyRange,
    inputs: fc.array(values(int8, depth), { minLength: 1, maxLength: 6 }),
  }),
);

function matrixOf(
  rows: readonly {
    readonly weights: ArrayLike<number>;
    readonly bias: number;
    readonly multiplier: number;
    readonly shift: number;
  }[],
): MatrixWeights {
  return {
    rows: rows.length,
    depth: rows[0]?.weights.length ?? 0,
    weights: Int8Array.from(rows.flatMap(({ weights }) => Array.from(weights))),
    bias: Int32Array.from(rows, ({ bias }) => bias),
    multipliers: Int32Array.from(rows, ({ multiplier }) => multiplier),
    shifts: Int32Array.from(rows, ({ shift }) => shift),
  };
}

function weightsOf({ weights, depth }: MatrixWeights, row: number): Int8Array {
  return weights.subarray(row * depth, (row + 1) * depth);
}

/** A row's output by the reference's requantization. */
function outputOf(matrix: MatrixWeights, row: number, input: Int8Array, output: OutputRange) {
  const sum = weightsOf(matrix, row).reduce(
    (total, weight, k) => total + weight * (input[k] as number),
    matrix.bias[row] as number,
  );
  return requantize(sum, row, { ...matrix, ...output });
}

/** The inputs that give a row its least and its greatest sum. */
const extremes = (weights: Int8Array) => [
  weights.map((weight) => (weight > 0 ? -128 : 127)),
  weights.map((weight) => (weight > 0 ? 127 : -128)),
];

describe('simplifyConstantRows', () => {
  it('changes no output, on any input and on those that give extreme sums', () => {
    let replaced = 0;
    fc.assert(
      fc.property(anyMatrix, ({ rows, output, inputs }) => {
        const matrix = matrixOf(rows);
        const simple = simplifyConstantRows(matrix, output);
        rows.forEach((_, row) => {
          if (simple.multipliers[row] !== matrix.multipliers[row]) replaced++;
          for (const input of [...inputs, ...extremes(weightsOf(matrix, row))]) {
            expect(outputOf(simple, row, input, output)).toBe(outputOf(matrix, row, input, output));
          }
        });
      }),
      { numRuns: propertyRuns },
    );
    expect(replaced).toBeGreaterThan(propertyRuns / 10);
  });

  it('makes every constant row one that all ways of requantizing take', () => {
    fc.assert(
      fc.property(anyMatrix, ({ rows, output }) => {
        const matrix = matrixOf(rows);
        const simple = simplifyConstantRows(matrix, output);
        rows.forEach((_, row) => {
          if (constantOutput(matrix, row, output) === undefined) return;
          const [least, most] = accumulatorRange(simple, row);
          expect(least).toBe(most);
          expect(Math.abs(least)).toBeLessThanOrEqual(8 * 255);
          expect(simple.shifts[row]).toBe(-2);
        });
      }),
      { numRuns: propertyRuns },
    );
  });

  const range = { outputZeroPoint: 3, min: -128, max: 127 };
  const live = { weights: [1, -2], bias: 5, multiplier: 2 ** 30, shift: -4 };

  it('leaves rows as they are whose output depends on the input', () => {
    const matrix = matrixOf([live, { ...live, shift: -2 }]);
    expect(simplifyConstantRows(matrix, range)).toEqual(matrix);
  });

  it('lets a layer with dead channels be narrow', () => {
    const dead = [
      { ...live, bias: 2 ** 30, shift: -31 },
      { ...live, bias: 2 ** 30, shift: 0 },
      { ...live, multiplier: 0, shift: 0 },
    ];
    for (const row of dead) {
      const matrix = matrixOf([live, row]);
      expect(isNarrow(matrix)).toBe(false);
      expect(isNarrow(simplifyConstantRows(matrix, range))).toBe(true);
    }
  });

  it('gives rows that an activation bounds to one value that value', () => {
    const matrix = matrixOf([{ ...live, weights: [100, 100], bias: -30_000, shift: -8 }]);
    const relu = { outputZeroPoint: -10, min: -10, max: 127 };
    expect(constantOutput(matrix, 0, relu)).toBe(-10);
    expect(constantOutput(matrix, 0, { ...relu, min: -128 })).toBeUndefined();
    expect([...simplifyConstantRows(matrix, relu).bias]).toEqual([0]);
  });
});

describe('constantOutput', () => {
  it('is not known where a left shift may wrap', () => {
    const matrix = matrixOf([{ weights: [1], bias: 2 ** 29, multiplier: 2 ** 30, shift: 2 }]);
    const range = { outputZeroPoint: 0, min: -128, max: 127 };
    expect(constantOutput(matrix, 0, range)).toBeUndefined();
  });

  it('is not known where the zero point may wrap', () => {
    const at = (bias: number) =>
      constantOutput(matrixOf([{ weights: [0], bias, multiplier: 2 ** 31 - 1, shift: 0 }]), 0, {
        outputZeroPoint: 100,
        min: -128,
        max: 127,
      });
    expect([2 ** 31 - 101, 2 ** 31 - 100].map(at)).toEqual([127, undefined]);
  });
});
