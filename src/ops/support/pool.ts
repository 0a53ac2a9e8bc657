import * as v from 'valibot';
import type { Tensor } from '../../graph/types.ts';
import { strictObject } from '../../schema.ts';
import type { NodeContext } from '../op.ts';
import { type Activation, activationSchema } from './activation.ts';
import { nodeTitle } from './title.ts';
import {
  imageShape,
  type Padding,
  type Pair,
  paddingSchema,
  pairSchema,
  windowOutputSize,
} from './window.ts';

/** The attributes of a pooling op. */
export interface PoolAttributes {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly activation: Activation;
}

/** The windows of a pooling op. Shapes are [height, width, channels]. */
export interface PoolGeometry {
  readonly inputShape: readonly [number, number, number];
  readonly outputShape: readonly [number, number, number];
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: { readonly top: number; readonly left: number };
}

/** The schema of a pooling op's attributes: no window may lie in the padding as a whole. */
export const poolSchema = v.pipe(
  strictObject({
    kernel: pairSchema,
    stride: pairSchema,
    padding: paddingSchema,
    activation: activationSchema,
  }),
  v.check(
    ({ kernel, padding }) =>
      Math.max(padding[0], padding[1]) < kernel[0] && Math.max(padding[2], padding[3]) < kernel[1],
    'padding must be smaller than the kernel',
  ),
);

/** `inferShapes` of a pooling op. */
export function inferPool(
  context: Omit<NodeContext<PoolAttributes>, 'outputs'>,
): readonly (readonly number[])[] {
  const where = nodeTitle(context);
  const [height, width, channels] = imageShape(where, (context.inputs[0] as Tensor).shape);
  const window = { ...context.attributes, dilation: [1, 1] as const };
  return [[1, ...windowOutputSize(where, [height, width], window), channels]];
}

/** The windows of a node. */
export function poolGeometry(context: NodeContext<PoolAttributes>): PoolGeometry {
  const where = nodeTitle(context);
  const { kernel, stride, padding } = context.attributes;
  return {
    inputShape: imageShape(where, (context.inputs[0] as Tensor).shape),
    outputShape: imageShape(where, (context.outputs[0] as Tensor).shape),
    kernel,
    stride,
    padding: { top: padding[0], left: padding[2] },
  };
}

/** Calls `visit` for each output in order, with the values of its window's pixels inside the image. */
export function forEachWindow(
  { inputShape, outputShape, kernel, stride, padding }: PoolGeometry,
  input: ArrayLike<number>,
  visit: (output: number, values: readonly number[]) => void,
): void {
  const [height, width, channels] = inputShape;
  for (let y = 0; y < outputShape[0]; y++) {
    for (let x = 0; x < outputShape[1]; x++) {
      for (let c = 0; c < channels; c++) {
        const values: number[] = [];
        for (let u = 0; u < kernel[0]; u++) {
          const row = y * stride[0] - padding.top + u;
          for (let w = 0; w < kernel[1]; w++) {
            const column = x * stride[1] - padding.left + w;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            values.push(input[(row * width + column) * channels + c] as number);
          }
        }
        visit((y * outputShape[1] + x) * channels + c, values);
      }
    }
  }
}

/**
 * Whether each output lies at or before the start of its own window, and windows start in ascending order: only a
 * window that is cut off above or on the left, or rows that get longer, would break that.
 */
export function isPoolInPlace({ inputShape, outputShape, stride, padding }: PoolGeometry): boolean {
  return padding.top === 0 && padding.left === 0 && outputShape[1] <= inputShape[1] * stride[0];
}
