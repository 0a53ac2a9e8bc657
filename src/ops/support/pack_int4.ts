import { findBeyondInt4 } from '../../graph/int4.ts';
import {
  allFast,
  flushInterval,
  forEachBlock,
  isNarrow,
  type MatrixWeights,
  type PackedLanes,
  type PackedVectors,
  weightAt,
  writeChannels,
  writeVectors,
} from './pack.ts';
import { createWriter, type Writer } from './writer.ts';

/** One byte of two weights. */
function writePair(out: Writer, low: number, high: number): void {
  out.int8((low & 15) | (high << 4));
}

function checkInt4(matrices: readonly MatrixWeights[]): void {
  for (const { weights } of matrices) {
    const beyond = findBeyondInt4(weights);
    if (beyond >= 0) throw new RangeError(`a weight of ${weights[beyond]} has no four bits`);
  }
}

/**
 * Of products of an int8 value and an int4 weight, which are 1024 at most, 4095 fit a lane. This is the greatest even
 * number of them: kernels that read two columns a byte empty their lanes between bytes.
 */
const evenInterval = 4094;

/** The whole depth where the actual weights allow that, or else an even interval. */
function laneInterval(matrices: readonly MatrixWeights[]): number {
  const isWhole = matrices.every(({ weights, depth, rows }) => {
    const all = Array.from({ length: rows }, (_, row) => row);
    return flushInterval(weights, depth, all) === depth;
  });
  return isWhole ? (matrices[0]?.depth ?? 0) : evenInterval;
}

/** One channel, two columns a byte. */
function writeColumnPairs(out: Writer, matrix: MatrixWeights, row: number): void {
  for (let k = 0; k < matrix.depth; k += 2) {
    writePair(out, weightAt(matrix, row, k), weightAt(matrix, row, k + 1));
  }
}

/**
 * For the scalar kernels: blocks of `rowsPerBlock` output channels. For each column one byte for each two channels, the
 * earlier one in the low nibble; the bytes padded to a multiple of four at the end; then the constants of
 * each channel. Channels that fill no block are blocks of one, and in these a byte holds two columns, the earlier one in
 * the low nibble. Half a byte a weight.
 *
 * The interval is the matrix's whole depth wherever its weights allow that, or else even.
 *
 * @param rowsPerBlock even
 * @throws RangeError where a weight is no int4
 */
export function packNibbleBlocks(
  matrices: readonly MatrixWeights[],
  rowsPerBlock: number,
): PackedLanes {
  checkInt4(matrices);
  const out = createWriter();
  const narrow = matrices.every(isNarrow);
  const finishBlock = (matrix: MatrixWeights, first: number, rows: number) => {
    out.align(4);
    writeChannels(out, matrix, first, rows, narrow);
  };
  for (const matrix of matrices) {
    const full = matrix.rows - (matrix.rows % rowsPerBlock);
    for (let first = 0; first < full; first += rowsPerBlock) {
      for (let k = 0; k < matrix.depth; k++) {
        for (let row = first; row < first + rowsPerBlock; row += 2) {
          writePair(out, weightAt(matrix, row, k), weightAt(matrix, row + 1, k));
        }
      }
      finishBlock(matrix, first, rowsPerBlock);
    }
    for (let row = full; row < matrix.rows; row++) {
      writeColumnPairs(out, matrix, row);
      finishBlock(matrix, row, 1);
    }
  }
  return { bytes: out.finish(), flushInterval: laneInterval(matrices), narrow };
}

/**
 * For the scalar kernel of depthwise convolutions: bias, multiplier and shift of all channels, then the columns of each,
 * two a byte, the earlier one in the low nibble. A window is short, so that filling up its bytes would cost much of what
 * they save. The interval is as that of {@link packNibbleBlocks}.
 *
 * @throws RangeError where a weight is no int4
 */
export function packNibbleTaps(matrix: MatrixWeights): PackedLanes {
  checkInt4([matrix]);
  const out = createWriter();
  const narrow = isNarrow(matrix);
  writeChannels(out, matrix, 0, matrix.rows, narrow);
  for (let row = 0; row < matrix.rows; row++) writeColumnPairs(out, matrix, row);
  return { bytes: out.finish(), flushInterval: laneInterval([matrix]), narrow };
}

/**
 * For the v128 kernels of convolutions: blocks of eight output channels. For each pair of columns eight bytes: of each of
 * the first four channels the two weights in the low nibbles of two bytes, of the four channels behind them in the high
 * ones. The bytes are padded to a multiple of 16.
 *
 * @throws RangeError where a weight is no int4
 */
export function packVectorNibbleBlocks(matrices: readonly MatrixWeights[]): PackedVectors {
  checkInt4(matrices);
  const out = createWriter();
  forEachBlock(matrices, 8, (matrix, first) => {
    for (let k = 0; k < matrix.depth; k += 2) {
      for (let row = first; row < first + 4; row++) {
        for (const column of [k, k + 1]) {
          writePair(out, weightAt(matrix, row, column), weightAt(matrix, row + 4, column));
        }
      }
    }
    out.align(16);
    writeVectors(out, matrix, first, 8);
  });
  return { bytes: out.finish(), fastRescale: allFast(matrices) };
}

/**
 * For the v128 kernel of dense: blocks of four output channels. For each eight columns eight bytes with the weights of the
 * first channel in the low nibbles and of the second in the high ones, then eight bytes for the other two channels.
 *
 * @throws RangeError where a weight is no int4
 */
export function packVectorNibbleRows(matrix: MatrixWeights): PackedVectors {
  checkInt4([matrix]);
  const out = createWriter();
  forEachBlock([matrix], 4, (_, first) => {
    for (let k = 0; k < matrix.depth; k += 8) {
      for (const row of [first, first + 2]) {
        for (let column = k; column < k + 8; column++) {
          writePair(out, weightAt(matrix, row, column), weightAt(matrix, row + 1, column));
        }
      }
    }
    writeVectors(out, matrix, first, 4);
  });
  return { bytes: out.finish(), fastRescale: allFast([matrix]) };
}
