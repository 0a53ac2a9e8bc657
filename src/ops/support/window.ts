import * as v from 'valibot';
import { WickError } from '../../errors.ts';
import { formatShape } from '../../graph/types.ts';

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const notNegative = v.pipe(v.number(), v.integer(), v.minValue(0));

/** [height, width], each at least 1. */
export const pairSchema = v.tuple([positive, positive]);
/** [top, bottom, left, right], each at least 0. */
export const paddingSchema = v.tuple([notNegative, notNegative, notNegative, notNegative]);

export type Pair = readonly [number, number];
export type Padding = readonly [number, number, number, number];

/** How a window slides over an image. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
}

/** [height, width, channels] of an NHWC shape with N = 1. Throws where it is none. */
export function imageShape(
  where: string,
  shape: readonly number[],
): readonly [number, number, number] {
  const [batch, height, width, channels] = shape;
  if (shape.length !== 4 || batch !== 1) {
    throw new WickError({
      what: 'input is not one image',
      where,
      expected: 'shape 1xHxWxC',
      received: formatShape(shape),
    });
  }
  return [height as number, width as number, channels as number];
}

/** The output size [height, width] of a window over an image: floor((in + padding - extent) / stride) + 1. */
export function windowOutputSize(where: string, image: Pair, window: Window): Pair {
  const size = (axis: 0 | 1): number => {
    const before = window.padding[axis * 2] as number;
    const after = window.padding[axis * 2 + 1] as number;
    const extent = (window.kernel[axis] - 1) * window.dilation[axis] + 1;
    const padded = image[axis] + before + after;
    if (padded < extent) {
      throw new WickError({
        what: `kernel is larger than its padded input along axis ${axis === 0 ? 'height' : 'width'}`,
        where,
        expected: `at most ${padded}`,
        received: `${extent} (kernel ${window.kernel[axis]}, dilation ${window.dilation[axis]})`,
      });
    }
    return Math.floor((padded - extent) / window.stride[axis]) + 1;
  };
  return [size(0), size(1)];
}
