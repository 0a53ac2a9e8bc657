import { type OutputRange, requantize } from './fixedpoint.ts';
import { type MatrixWeights, sumRange } from './pack.ts';

/** The least and the greatest accumulator of a row over all int8 inputs. */
export function accumulatorRange(
  { weights, depth, bias }: MatrixWeights,
  row: number,
): readonly [least: number, most: number] {
  const [least, most] = sumRange(weights.subarray(row * depth, (row + 1) * depth));
  const start = bias[row] as number;
  return [start + least, start + most];
}

/**
 * The output of a row where it is the same for every int8 input, else undefined. Quantized models have such dead channels:
 * their scale is so small that nothing of an input is left, or their bias so large that all outputs are clamped.
 */
export function constantOutput(
  matrix: MatrixWeights,
  row: number,
  { outputZeroPoint, min, max }: OutputRange,
): number | undefined {
  const [least, most] = accumulatorRange(matrix, row);
  const { multipliers, shifts } = matrix;
  // Outputs rise with accumulators where nothing wraps: no left shift, nor the addition of the zero point.
  const reach = Math.max(Math.abs(least), Math.abs(most)) + Math.abs(outputZeroPoint);
  if ((shifts[row] as number) > 0 || reach >= 2 ** 31) return undefined;
  const stage = { multipliers, shifts, outputZeroPoint, min, max };
  const output = requantize(least, row, stage);
  return output === requantize(most, row, stage) ? output : undefined;
}

/**
 * A matrix with the same outputs whose constant rows have no weights, and a bias and a scale that every way of requantizing
 * takes: what a kernel can be proved to do then depends on the other rows alone. Of 8 * (output - zero point) the first
 * rounding leaves a half and the second one an eighth, both exact.
 */
export function simplifyConstantRows(matrix: MatrixWeights, output: OutputRange): MatrixWeights {
  const simple = {
    weights: matrix.weights.slice(),
    bias: matrix.bias.slice(),
    multipliers: matrix.multipliers.slice(),
    shifts: matrix.shifts.slice(),
  };
  for (let row = 0; row < matrix.rows; row++) {
    const constant = constantOutput(matrix, row, output);
    if (constant === undefined) continue;
    simple.weights.fill(0, row * matrix.depth, (row + 1) * matrix.depth);
    simple.bias[row] = 8 * (constant - output.outputZeroPoint);
    simple.multipliers[row] = 2 ** 30;
    simple.shifts[row] = -2;
  }
  return { ...matrix, ...simple };
}
