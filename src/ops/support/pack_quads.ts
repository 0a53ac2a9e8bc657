import { isNarrow, type MatrixWeights, type PackedLanes, weightAt, writeChannels } from './pack.ts';
import { createWriter } from './writer.ts';

/** As in assembly/byte_pairs.ts: after how many columns kernels empty their lanes, and what a low lane starts from. */
const flushInterval = 256;
const laneStart = 2 ** 23;

/**
 * For size: blocks of four output channels. For each column a word: the channels 0 and 2, raised by 128, in its bytes 0 and
 * 2, the channels 1 and 3 in its bytes 3 and 1. Then the constants of each channel; the biases of the raised ones are less
 * what their lanes start from, as often as they do. Channels that fill no block are blocks of one, a byte a column as it is,
 * padded to four bytes.
 */
export function packByteQuads(matrix: MatrixWeights): PackedLanes {
  const out = createWriter();
  const narrow = isNarrow(matrix);
  const full = matrix.rows - (matrix.rows % 4);
  const stretches = Math.max(1, Math.ceil(matrix.depth / flushInterval));
  const excess = (row: number) => (row % 2 === 0 ? stretches * laneStart : 0);
  for (let first = 0; first < full; first += 4) {
    for (let k = 0; k < matrix.depth; k++) {
      out.int8(weightAt(matrix, first, k) + 128);
      out.int8(weightAt(matrix, first + 3, k));
      out.int8(weightAt(matrix, first + 2, k) + 128);
      out.int8(weightAt(matrix, first + 1, k));
    }
    writeChannels(out, matrix, first, 4, narrow, excess);
  }
  for (let row = full; row < matrix.rows; row++) {
    for (let k = 0; k < matrix.depth; k++) out.int8(weightAt(matrix, row, k));
    out.align(4);
    writeChannels(out, matrix, row, 1, narrow);
  }
  return { bytes: out.finish(), flushInterval, narrow };
}
