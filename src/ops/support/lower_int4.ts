import type { KernelArgument, KernelCall, Variant } from '../op.ts';
import type { MatrixWeights } from './pack.ts';
import {
  packNibbleBlocks,
  packNibbleTaps,
  packVectorNibbleBlocks,
  packVectorNibbleRows,
} from './pack_int4.ts';

// Weights of four bits have one scalar layout, for speed and for size alike.

/**
 * The kernel call of a dense layer with int4 weights.
 *
 * @param numbers what the kernels of assembly/int8/dense_int4.ts take behind their addresses
 */
export function lowerDenseInt4(
  matrix: MatrixWeights,
  variant: Variant,
  numbers: readonly number[],
): KernelCall {
  const pointers: readonly KernelArgument[] = [{ input: 0 }, { weights: 0 }, { output: 0 }];
  if (variant === 'simd') {
    const packed = packVectorNibbleRows(matrix);
    return {
      kernel: 'denseInt4Vector',
      arguments: [...pointers, { scratch: 0 }, ...numbers, packed.fastRescale ? 1 : 0],
      weights: packed.bytes,
      scratchBytes: 2 * Math.ceil(matrix.depth / 8) * 8,
    };
  }
  const { bytes, narrow } = packNibbleBlocks([matrix], 4);
  return {
    kernel: 'denseInt4',
    arguments: [...pointers, ...numbers, narrow ? 1 : 0],
    weights: bytes,
    scratchBytes: 0,
  };
}

/**
 * The kernel call of a convolution with int4 weights.
 *
 * @param matrices the weights of each group
 * @param head what the kernels of assembly/int8/conv2d_int4.ts take, but for the last number
 */
export function lowerConv2dInt4(
  matrices: readonly MatrixWeights[],
  variant: Variant,
  head: readonly KernelArgument[],
): KernelCall {
  const { depth } = matrices[0] as MatrixWeights;
  if (variant === 'simd') {
    const packed = packVectorNibbleBlocks(matrices);
    return {
      kernel: 'conv2dInt4Vector',
      arguments: [...head, packed.fastRescale ? 1 : 0],
      weights: packed.bytes,
      scratchBytes: 4 * 2 * (depth + (depth & 1)),
    };
  }
  const packed = packNibbleBlocks(matrices, 2);
  return {
    kernel: 'conv2dInt4',
    arguments: [...head, packed.narrow ? 1 : 0, packed.flushInterval],
    weights: packed.bytes,
    scratchBytes: 8 * depth,
  };
}

/**
 * The kernel call of a depthwise convolution with int4 weights.
 *
 * @param matrix the taps column by column, as the strip has them
 * @param head what the kernels of assembly/int8/depthwise_conv2d_int4.ts take, but for the last number
 * @param stripTaps the pixels of a channel's strip (assembly/strip.ts)
 */
export function lowerDepthwiseConv2dInt4(
  matrix: MatrixWeights,
  variant: Variant,
  head: readonly KernelArgument[],
  stripTaps: number,
): KernelCall {
  if (variant === 'simd') {
    const packed = packVectorNibbleBlocks([matrix]);
    return {
      kernel: 'depthwiseConv2dInt4Vector',
      arguments: [...head, packed.fastRescale ? 1 : 0],
      weights: packed.bytes,
      // An odd number of taps is filled up with one that lies behind the window.
      scratchBytes: 16 * (stripTaps + 1),
    };
  }
  const packed = packNibbleTaps(matrix);
  return {
    kernel: 'depthwiseConv2dInt4',
    arguments: [...head, packed.narrow ? 1 : 0, packed.flushInterval],
    weights: packed.bytes,
    // Behind the strip goes the zero point.
    scratchBytes: 4 * stripTaps + 1,
  };
}
