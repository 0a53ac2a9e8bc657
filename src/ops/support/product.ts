import type { Optimize, Variant } from '../op.ts';
import { simplifyConstantRows } from './constant_rows.ts';
import type { OutputRange } from './fixedpoint.ts';
import { type MatrixWeights, packChannelPairs } from './pack.ts';
import { packByteQuads } from './pack_quads.ts';
import { packColumnEights, rescalingCode } from './vectors.ts';

/** A matrix packed for a product with a vector (assembly/matrix_vector.ts). */
export interface PackedProduct {
  /** What the names of the kernels of this layout end with. */
  readonly layout: 'Bytes' | 'ChannelPairs' | 'Vector';
  readonly bytes: Uint8Array;
  /** The last arguments of such kernels. */
  readonly arguments: readonly number[];
  /** Scratch that the product itself needs. */
  readonly scratchBytes: number;
}

/**
 * The depth from which the columns are cut in two for speed: within two loops gcc joins the loads of two words, in one it
 * does not (see docs/kernels.md).
 */
const leastCut = 128;

/** Packs a matrix as the kernels of a variant want it. */
export function packProduct(
  matrix: MatrixWeights,
  output: OutputRange,
  variant: Variant,
  optimize: Optimize,
): PackedProduct {
  if (variant === 'simd') {
    const { bytes, rescaling } = packColumnEights(matrix, output);
    return {
      layout: 'Vector',
      bytes,
      arguments: [rescalingCode(rescaling)],
      // The vector as int16.
      scratchBytes: 2 * Math.ceil(matrix.depth / 8) * 8,
    };
  }
  const simple = simplifyConstantRows(matrix, output);
  if (optimize === 'size') {
    const { bytes, narrow } = packByteQuads(simple);
    return { layout: 'Bytes', bytes, arguments: [narrow ? 1 : 0], scratchBytes: 0 };
  }
  const { bytes, narrow, flushInterval } = packChannelPairs(
    [simple],
    simple.depth >= leastCut ? 2 : 1,
  );
  return {
    layout: 'ChannelPairs',
    bytes,
    arguments: [narrow ? 1 : 0, flushInterval],
    scratchBytes: 0,
  };
}

/** Byte arrays one after another, each 16-byte aligned, and where each starts. */
export function concatenateAligned(parts: readonly Uint8Array[]): {
  readonly bytes: Uint8Array;
  readonly offsets: readonly number[];
} {
  let length = 0;
  const offsets = parts.map((part) => {
    const offset = Math.ceil(length / 16) * 16;
    if (part.length > 0) length = offset + part.length;
    return offset;
  });
  const bytes = new Uint8Array(length);
  parts.forEach((part, index) => {
    // An empty part may start behind the end.
    if (part.length > 0) bytes.set(part, offsets[index]);
  });
  return { bytes, offsets };
}
