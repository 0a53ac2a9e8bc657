import { WickError } from '../../errors.ts';
import { smallestOf } from '../../extremes.ts';
import { createWriter, type Writer } from './writer.ts';

/**
 * The weights of a layer as a matrix: a row an output channel, a column a multiplication. The input's zero point is
 * folded into the bias, so that kernels multiply raw int8 values.
 */
export interface MatrixWeights {
  readonly rows: number;
  readonly depth: number;
  /** rows x depth, row-major. */
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  readonly multipliers: Int32Array;
  readonly shifts: Int32Array;
}

/** The rows of a matrix from `first` up to `end`. */
export function sliceRows(matrix: MatrixWeights, first: number, end: number): MatrixWeights {
  return {
    rows: end - first,
    depth: matrix.depth,
    weights: matrix.weights.subarray(first * matrix.depth, end * matrix.depth),
    bias: matrix.bias.subarray(first, end),
    multipliers: matrix.multipliers.subarray(first, end),
    shifts: matrix.shifts.subarray(first, end),
  };
}

/** How far the high lane of a packed pair lies above the low one; `laneBits` of assembly/swar.ts. */
const laneBits = 23;

/** What a low lane starts from, so that it is never negative; `emptyLanes` of assembly/swar.ts. */
const laneStart = 2 ** (laneBits - 1);

/** bias - zeroPoint * (sum of the row's weights): what an accumulator starts from. */
export function foldZeroPoint(
  weights: Int8Array,
  depth: number,
  bias: Int32Array,
  zeroPoint: number,
): Int32Array {
  return bias.map((value, row) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += weights[row * depth + k] as number;
    return value - zeroPoint * sum;
  });
}

/**
 * Proves that no accumulator of a layer can leave int32, whatever its input: |input - zero point| is at most 255.
 * Throws a WickError with the first row for which it could.
 */
export function checkAccumulators(weights: Int8Array, depth: number, bias: Int32Array): void {
  bias.forEach((value, row) => {
    let magnitude = 0;
    for (let k = 0; k < depth; k++) magnitude += Math.abs(weights[row * depth + k] as number);
    const reach = magnitude * 255 + Math.abs(value);
    if (reach >= 2 ** 31) {
      throw new WickError({
        what: `the accumulator of output channel ${row} may overflow`,
        expected: `a reach below ${2 ** 31}`,
        received: `${reach} (${depth} weights, bias ${value})`,
        hint: 'split the layer or quantize it with a larger weight scale',
      });
    }
  });
}

/**
 * The most multiplications after which a lane must be emptied, for the given rows: whatever int8 inputs come, the sum
 * over each stretch of that length from the row's start stays within [-2^22, 2^22). At least 1, as kernels step by it.
 */
export function flushInterval(
  weights: Int8Array,
  depth: number,
  rows: readonly number[],
  limit = laneStart,
): number {
  if (depth === 0) return 1;
  for (let stretches = 1; stretches <= depth; stretches++) {
    const interval = Math.ceil(depth / stretches);
    if (
      rows.every((row) => fits(weights.subarray(row * depth, (row + 1) * depth), interval, limit))
    )
      return interval;
  }
  throw new RangeError(`a single product exceeds a lane of ${limit}`);
}

function fits(row: Int8Array, interval: number, limit: number): boolean {
  for (let start = 0; start < row.length; start += interval) {
    const [least, most] = sumRange(row.subarray(start, start + interval));
    if (most >= limit || least < -limit) return false;
  }
  return true;
}

/** The least and the greatest sum of products of these weights, over all int8 inputs. */
export function sumRange(weights: Int8Array): readonly [least: number, most: number] {
  let least = 0;
  let most = 0;
  for (const weight of weights) {
    least += weight > 0 ? -128 * weight : 127 * weight;
    most += weight > 0 ? 127 * weight : -128 * weight;
  }
  return [least, most];
}

/** A weight, or 0 in the rows and columns that only fill a block. */
export function weightAt(
  { weights, rows, depth }: MatrixWeights,
  row: number,
  column: number,
): number {
  return row < rows && column < depth ? (weights[row * depth + column] as number) : 0;
}

/**
 * Whether `requantizeDoubled` of assembly/fixedpoint.ts is right for every row: whatever int8 inputs come, accumulators
 * stay within (-2^30, 2^30), and every shift is in [-31, -2].
 */
export function isNarrow({ weights, rows, depth, bias, shifts }: MatrixWeights): boolean {
  for (let row = 0; row < rows; row++) {
    const shift = shifts[row] as number;
    let reach = Math.abs(bias[row] as number);
    for (let k = 0; k < depth; k++) reach += 128 * Math.abs(weights[row * depth + k] as number);
    if (shift < -31 || shift > -2 || reach >= 2 ** 30) return false;
  }
  return true;
}

/** The constants of each row of a block, one row after another, as `requantizeChannel` of assembly/fixedpoint.ts wants them. */
export function writeChannels(
  out: Writer,
  matrix: MatrixWeights,
  first: number,
  rows: number,
  narrow: boolean,
  /** What a row's sum is too large by, which its bias takes away. */
  excess: (row: number) => number = () => 0,
): void {
  for (let row = first; row < first + rows; row++) {
    const bias = (matrix.bias[row] ?? 0) - excess(row);
    const shift = matrix.shifts[row];
    out.int32(narrow ? 2 * bias : bias);
    out.int32(matrix.multipliers[row] ?? 0);
    out.int32(shift === undefined ? 0 : narrow ? 2 ** (32 + shift) : shift);
  }
}

/** Blocks of rows, each written by `write(first row)`; the last block is filled up with zeros. */
export function forEachBlock(
  matrices: readonly MatrixWeights[],
  rowsPerBlock: number,
  write: (matrix: MatrixWeights, first: number) => void,
): void {
  for (const matrix of matrices) {
    for (let first = 0; first < matrix.rows; first += rowsPerBlock) write(matrix, first);
  }
}

/** Packed weights of a scalar kernel. */
export interface PackedLanes {
  readonly bytes: Uint8Array;
  readonly flushInterval: number;
  /** Whether the constants are those of the narrow requantization: the kernels' parameter `narrow`. */
  readonly narrow: boolean;
}

/**
 * For speed: blocks of four output channels. For each column two int32, each the weights of two channels
 * (`w[c] + (w[c + 1] << 23)`); then the constants of each channel, where the biases of low lanes are less what these start
 * from, as often as they do. Four bytes a pair of weights.
 *
 * @param leastStretches into how many stretches the columns are cut even where fewer would do
 */
export function packChannelPairs(
  matrices: readonly MatrixWeights[],
  leastStretches = 1,
): PackedLanes {
  const out = createWriter();
  const narrow = matrices.every(isNarrow);
  // Only the channels in low lanes can run out of room: those of even index in their block.
  const lowRows = (rows: number) => Array.from({ length: Math.ceil(rows / 2) }, (_, i) => 2 * i);
  // A part of a stretch that fits a lane fits it as well: its extreme sums lie between those of the whole.
  const interval = Math.min(
    leastInterval(matrices, lowRows),
    ...matrices.map(({ depth }) => Math.max(1, Math.ceil(depth / leastStretches))),
  );
  forEachBlock(matrices, 4, (matrix, first) => {
    for (let k = 0; k < matrix.depth; k++) {
      for (const row of [first, first + 2]) {
        out.int32(weightAt(matrix, row, k) + weightAt(matrix, row + 1, k) * 2 ** laneBits);
      }
    }
    const stretches = Math.max(1, Math.ceil(matrix.depth / interval));
    const excess = (row: number) => (row % 2 === 0 ? stretches * laneStart : 0);
    writeChannels(out, matrix, first, 4, narrow, excess);
  });
  return { bytes: out.finish(), flushInterval: interval, narrow };
}

/**
 * For size: blocks of `rowsPerBlock` output channels. For each column one byte a channel, padded to four bytes at the
 * end; then the constants of each channel. Channels that fill no block are blocks of one. One byte a weight.
 */
export function packByteBlocks(
  matrices: readonly MatrixWeights[],
  rowsPerBlock: number,
): PackedLanes {
  const out = createWriter();
  const narrow = matrices.every(isNarrow);
  const writeBlock = (matrix: MatrixWeights, first: number, rows: number): void => {
    for (let k = 0; k < matrix.depth; k++) {
      for (let row = first; row < first + rows; row++) out.int8(weightAt(matrix, row, k));
    }
    out.align(4);
    writeChannels(out, matrix, first, rows, narrow);
  };
  for (const matrix of matrices) {
    const full = matrix.rows - (matrix.rows % rowsPerBlock);
    for (let row = 0; row < full; row += rowsPerBlock) writeBlock(matrix, row, rowsPerBlock);
    for (let row = full; row < matrix.rows; row++) writeBlock(matrix, row, 1);
  }
  const allRows = (rows: number) => Array.from({ length: rows }, (_, i) => i);
  return { bytes: out.finish(), flushInterval: leastInterval(matrices, allRows), narrow };
}

function leastInterval(
  matrices: readonly MatrixWeights[],
  laneRows: (rows: number) => readonly number[],
): number {
  return smallestOf(
    matrices.map(({ weights, depth, rows }) => flushInterval(weights, depth, laneRows(rows))),
  );
}

/** Packed weights of a v128 kernel. */
export interface PackedVectors {
  readonly bytes: Uint8Array;
  /** Whether every shift lies in [-31, -1], so that four channels are rescaled at once. */
  readonly fastRescale: boolean;
}

/** Bias, multiplier, 2^(31 + shift) and shift of a block, each as vectors over the block's rows. */
export function writeVectors(
  out: Writer,
  matrix: MatrixWeights,
  first: number,
  rows: number,
): void {
  const each = (value: (row: number) => number) => {
    for (let row = first; row < first + rows; row++) out.int32(value(row));
  };
  each((row) => matrix.bias[row] ?? 0);
  each((row) => matrix.multipliers[row] ?? 0);
  each((row) => scaleOf(matrix.shifts[row] ?? 0));
  each((row) => matrix.shifts[row] ?? 0);
}

const scaleOf = (shift: number) => (isFastShift(shift) ? 2 ** (31 + shift) : 0);
const isFastShift = (shift: number) => shift >= -31 && shift <= -1;
/** Whether every shift of the matrices is one that four channels are rescaled by at once. */
export const allFast = (matrices: readonly MatrixWeights[]) =>
  matrices.every(({ shifts }) => shifts.every(isFastShift));

/** Blocks of eight output channels; for each pair of columns the two weights of each channel side by side. */
export function packVectorBlocks(matrices: readonly MatrixWeights[]): PackedVectors {
  const out = createWriter();
  forEachBlock(matrices, 8, (matrix, first) => {
    for (let k = 0; k < matrix.depth; k += 2) {
      for (let row = first; row < first + 8; row++) {
        out.int8(weightAt(matrix, row, k));
        out.int8(weightAt(matrix, row, k + 1));
      }
    }
    writeVectors(out, matrix, first, 8);
  });
  return { bytes: out.finish(), fastRescale: allFast(matrices) };
}
