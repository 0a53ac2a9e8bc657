import { largestOf } from '../../extremes.ts';
import { accumulatorRange, constantOutput } from './constant_rows.ts';
import type { OutputRange } from './fixedpoint.ts';
import type { MatrixWeights } from './pack.ts';

/**
 * How v128 kernels rescale the accumulators of a layer (assembly/vectors.ts).
 * - `aligned`: every channel ends in the same right shift of `shift` bits. Accumulators hold twice their value.
 * - `pairs`: each channel has a right shift of its own, in [1, 31].
 * - `lanes`: one lane after another, whatever the shifts.
 */
export type Rescaling =
  | { readonly kind: 'aligned'; readonly shift: number }
  | { readonly kind: 'pairs' }
  | { readonly kind: 'lanes' };

/** The number by which kernels know a rescaling: the shift where it is positive, 0 for `pairs`, -1 for `lanes`. */
export function rescalingCode(rescaling: Rescaling): number {
  if (rescaling.kind === 'aligned') return rescaling.shift;
  return rescaling.kind === 'pairs' ? 0 : -1;
}

/** Packed weights of a v128 kernel. */
export interface PackedVectors {
  readonly bytes: Uint8Array;
  readonly rescaling: Rescaling;
}

/** A row of a matrix, and four constants in the order in which its block has them: the first is the bias. */
interface Row {
  readonly weights: Int8Array;
  readonly constants: readonly [number, number, number, number];
}

/** An output channel, and what comes of it whatever the input. */
interface Channel {
  readonly weights: Int8Array;
  readonly bias: number;
  readonly multiplier: number;
  readonly shift: number;
  /** The least and the greatest accumulator over all int8 inputs. */
  readonly range: readonly [number, number];
  /** The output, where it is the same for every input. */
  readonly constant: number | undefined;
}

function channelsOf(matrix: MatrixWeights, output: OutputRange): Channel[] {
  const { weights, depth, rows, bias, multipliers, shifts } = matrix;
  return Array.from({ length: rows }, (_, row) => ({
    weights: weights.subarray(row * depth, (row + 1) * depth),
    bias: bias[row] as number,
    multiplier: multipliers[row] as number,
    shift: shifts[row] as number,
    range: accumulatorRange(matrix, row),
    constant: constantOutput(matrix, row, output),
  }));
}

const largestInt32 = 2 ** 31 - 1;

/** What is added before the last shift, to round (ties upwards) and to move by the zero point. */
const addendOf = (shift: number, zeroPoint: number) => 2 ** (-shift - 1) + zeroPoint * 2 ** -shift;

/** Whether a channel can end in a right shift of `shift` bits without leaving int32 on the way there. */
function canAlign({ range, multiplier, shift }: Channel, last: number, zeroPoint: number): boolean {
  if (shift > -1 || shift < -31) return false;
  const most = Math.max(Math.abs(range[0]), Math.abs(range[1]));
  const product = (most * multiplier) / 2 ** 31 + 2;
  const sum = product + Math.abs(addendOf(shift, zeroPoint));
  return 2 * most <= largestInt32 && sum * 2 ** (last + shift) <= largestInt32;
}

function chooseRescaling(
  channels: readonly Channel[],
  { outputZeroPoint, min, max }: OutputRange,
): Rescaling {
  const live = channels.filter(({ constant }) => constant === undefined);
  const shift = largestOf(
    live.map((channel) => -channel.shift),
    1,
  );
  // At such a shift constant outputs still fit.
  const fits = Math.max(Math.abs(min), Math.abs(max)) * 2 ** shift <= 2 ** 30;
  if (fits && live.every((channel) => canAlign(channel, shift, outputZeroPoint))) {
    return { kind: 'aligned', shift };
  }
  const hasOwnShift = channels.every((channel) => channel.shift >= -31 && channel.shift <= -1);
  return { kind: hasOwnShift ? 'pairs' : 'lanes' };
}

function rowOf(channel: Channel, rescaling: Rescaling, zeroPoint: number): Row {
  const { weights, bias, multiplier, shift, constant } = channel;
  if (rescaling.kind !== 'aligned') {
    const scale = rescaling.kind === 'pairs' ? 2 ** (31 + shift) : 0;
    return { weights, constants: [bias, multiplier, scale, shift] };
  }
  if (constant !== undefined) {
    const constants = [0, 0, constant * 2 ** rescaling.shift, 1] as const;
    return { weights: new Int8Array(weights.length), constants };
  }
  const factor = 2 ** (rescaling.shift + shift);
  return { weights, constants: [2 * bias, multiplier, addendOf(shift, zeroPoint), factor] };
}

/** Blocks of rows: weights in the order that `columns` gives, then each constant as a vector over the block's rows. */
function packBlocks(
  matrices: readonly MatrixWeights[],
  output: OutputRange,
  rowsPerBlock: number,
  /** For each byte of a block's weights its row in the block and its column; -1 where a zero fills up. */
  places: readonly { readonly row: number; readonly column: number }[],
): PackedVectors {
  const channels = matrices.map((matrix) => channelsOf(matrix, output));
  const rescaling = chooseRescaling(channels.flat(), output);
  const blocks = channels.flatMap((matrix) => {
    const rows = matrix.map((channel) => rowOf(channel, rescaling, output.outputZeroPoint));
    return Array.from({ length: Math.ceil(rows.length / rowsPerBlock) }, (_, block) =>
      rows.slice(block * rowsPerBlock, (block + 1) * rowsPerBlock),
    );
  });
  const blockBytes = places.length + 4 * 4 * rowsPerBlock;
  const view = new DataView(new ArrayBuffer(blocks.length * blockBytes));
  blocks.forEach((rows, block) => {
    const start = block * blockBytes;
    places.forEach(({ row, column }, place) => {
      view.setInt8(start + place, rows[row]?.weights[column] ?? 0);
    });
    for (let constant = 0; constant < 4; constant++) {
      for (let row = 0; row < rowsPerBlock; row++) {
        const at = start + places.length + 4 * (constant * rowsPerBlock + row);
        view.setInt32(at, rows[row]?.constants[constant] ?? 0, true);
      }
    }
  });
  return { bytes: new Uint8Array(view.buffer), rescaling };
}

/**
 * Blocks of eight output channels. Columns come in pairs, the two weights of each channel side by side; each
 * `segment` of columns (a divisor of the depth) begins with a new pair, and zeros fill its last one up.
 */
export function packColumnPairs(
  matrices: readonly MatrixWeights[],
  output: OutputRange,
  segment: number,
): PackedVectors {
  const depth = matrices[0]?.depth ?? 0;
  const places = [];
  for (let start = 0; start < depth; start += segment) {
    for (let k = 0; k < segment; k += 2) {
      for (let row = 0; row < 8; row++) {
        places.push({ row, column: start + k });
        places.push({ row, column: k + 1 < segment ? start + k + 1 : -1 });
      }
    }
  }
  return packBlocks(matrices, output, 8, places);
}

/** Blocks of four output channels: eight columns of each in turn, the last eight filled up with zeros. */
export function packColumnEights(matrix: MatrixWeights, output: OutputRange): PackedVectors {
  const places = [];
  for (let k = 0; k < matrix.depth; k += 8) {
    for (let row = 0; row < 4; row++) {
      for (let column = k; column < k + 8; column++) places.push({ row, column });
    }
  }
  return packBlocks([matrix], output, 4, places);
}
