import type { KernelCall } from '../op.ts';
import type { ConvolutionGeometry } from './convolution.ts';
import type { OutputRange } from './fixedpoint.ts';
import { type MatrixWeights, sumRange, weightAt, writeChannels } from './pack.ts';
import { createWriter } from './writer.ts';

/** A depthwise convolution. */
interface Layer extends ConvolutionGeometry {
  readonly inputZeroPoint: number;
  readonly output: OutputRange;
}

/** How many rows or columns of zeros the last window along an axis covers, negative where pixels are left over. */
function behind(axis: 0 | 1, { inputShape, outputShape, kernel, stride, padding }: Layer): number {
  const before = axis === 0 ? padding.top : padding.left;
  return (outputShape[axis] - 1) * stride[axis] - before + kernel[axis] - inputShape[axis];
}

/** Whether windows are as `assembly/depthwise_columns.ts` wants them. */
function isNarrowWindow(layer: Layer): boolean {
  const { inputShape, outputShape, kernel, stride, dilation, padding } = layer;
  return (
    kernel.every((size) => size === 3) &&
    dilation.every((step) => step === 1) &&
    stride[0] === stride[1] &&
    stride[0] <= 2 &&
    inputShape[2] === outputShape[2] &&
    outputShape[0] >= 2 &&
    outputShape[1] >= 2 &&
    padding.top <= 1 &&
    padding.left <= 1 &&
    behind(0, layer) <= 1 &&
    behind(1, layer) <= 1
  );
}

/** Whether each row's sums with their bias stay within [-2^21, 2^21), and its rounded values within int32. */
function fits({ rows, depth, weights, bias, shifts }: MatrixWeights): boolean {
  for (let row = 0; row < rows; row++) {
    const [least, most] = sumRange(weights.subarray(row * depth, (row + 1) * depth));
    const shift = shifts[row] as number;
    const start = bias[row] as number;
    if (start + least < -(2 ** 21) || start + most >= 2 ** 21) return false;
    if (shift < -20 || shift > -1) return false;
  }
  return true;
}

/**
 * The call of the kernel that goes column by column, or undefined where that is not for this layer. Its weights are 24 bytes
 * a channel: nine of the window, column by column, three of padding, then bias, multiplier and shift.
 *
 * @param matrix the taps column by column, the input's zero point folded into the bias
 */
export function lowerDepthwiseColumns(layer: Layer, matrix: MatrixWeights): KernelCall | undefined {
  if (!isNarrowWindow(layer) || !fits(matrix)) return undefined;
  const { inputShape, outputShape, stride, padding, output } = layer;
  const out = createWriter();
  for (let row = 0; row < matrix.rows; row++) {
    for (let k = 0; k < matrix.depth; k++) out.int8(weightAt(matrix, row, k));
    out.align(4);
    writeChannels(out, matrix, row, 1, false);
  }
  const rowBytes = inputShape[1] * inputShape[2];
  const hasZeros = padding.top === 1 || behind(0, layer) === 1;
  return {
    kernel: 'depthwiseConv2dColumns',
    arguments: [
      { input: 0 },
      { weights: 0 },
      { output: 0 },
      { scratch: 0 },
      inputShape[1],
      inputShape[2],
      outputShape[0],
      outputShape[1],
      stride[0],
      padding.top,
      padding.left,
      behind(0, layer) === 1 ? 1 : 0,
      behind(1, layer) === 1 ? 1 : 0,
      layer.inputZeroPoint,
      output.outputZeroPoint,
      output.min,
      output.max,
    ],
    weights: out.finish(),
    scratchBytes: hasZeros ? rowBytes : 0,
  };
}
