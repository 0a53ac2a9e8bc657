import { WickError } from '../errors.ts';
import type { Tensor } from '../graph/types.ts';
import type { NodeContext, Op } from './op.ts';
import { roundingDivideByPowerOfTwo } from './support/fixedpoint.ts';
import { type ResizeAttributes, resizedShape, resizeSchema } from './support/resize.ts';
import { nodeTitle } from './support/title.ts';
import { imageShape, type Pair } from './support/window.ts';

/**
 * The parameters of an int8 bilinear resize. The place of output row (or column) i in the input is
 * (scale * i + offset) / 2^10.
 */
export interface ResizeBilinearParameters {
  readonly inputShape: readonly [number, number, number];
  readonly size: Pair;
  readonly scale: Pair;
  readonly offset: Pair;
}

/** Bits behind the point of a place; sums of pixels times two weights have twice as many. */
const bits = 10;
const one = 2 ** bits;
/** Places stay within int32, and so do products of two weights. */
const maxSize = 2 ** 14;

/** Source: TFLM `ResizeBilinearInteger` and `ComputeInterpolationValuesInteger`. */
function prepare(context: NodeContext<ResizeAttributes>): ResizeBilinearParameters {
  const where = nodeTitle(context);
  const inputShape = imageShape(where, (context.inputs[0] as Tensor).shape);
  const { size, alignCorners, halfPixelCenters } = context.attributes;
  const largest = Math.max(inputShape[0], inputShape[1], ...size);
  if (largest > maxSize) {
    throw new WickError({
      what: 'image is too large to resize',
      where,
      expected: `at most ${maxSize} rows and columns`,
      received: `${largest}`,
    });
  }
  const scaleOf = (axis: 0 | 1): number => {
    const ends = alignCorners && size[axis] > 1 ? 1 : 0;
    const [input, output] = [inputShape[axis] - ends, size[axis] - ends];
    return Math.floor((one * input + Math.floor(output / 2)) / output);
  };
  const scale: Pair = [scaleOf(0), scaleOf(1)];
  const offsetOf = (step: number) => (halfPixelCenters ? Math.floor(step / 2) - one / 2 : 0);
  return { inputShape, size, scale, offset: [offsetOf(scale[0]), offsetOf(scale[1])] };
}

/** The two neighbours of a place along an axis, and the distance from the first one. */
interface Neighbours {
  readonly first: number;
  readonly second: number;
  readonly distance: number;
}

/**
 * The neighbours of a place in units of 1 / `unit`. Where the rounded scale leads beyond the last pixel, TFLM reads
 * outside of the input; here that place shows the last pixel.
 */
function neighbours(place: number, unit: number, extent: number): Neighbours {
  const first = Math.min(Math.max(Math.floor(place / unit), 0), extent - 1);
  const second = Math.min(Math.ceil(place / unit), extent - 1);
  return { first, second, distance: place - first * unit };
}

/** `finish` of the four neighbours of each output pixel, weighted by distances in units of 1 / `unit`. */
function interpolate<T extends Int8Array | Float32Array>(
  [height, width, channels]: readonly [number, number, number],
  size: Pair,
  unit: number,
  placeOf: (axis: 0 | 1, i: number) => number,
  input: T,
  output: T,
  finish: (sum: number) => number,
): T {
  for (let y = 0; y < size[0]; y++) {
    const row = neighbours(placeOf(0, y), unit, height);
    for (let x = 0; x < size[1]; x++) {
      const column = neighbours(placeOf(1, x), unit, width);
      for (let c = 0; c < channels; c++) {
        const pixel = (v: number, u: number) => input[(v * width + u) * channels + c] as number;
        const top =
          pixel(row.first, column.first) * (unit - column.distance) +
          pixel(row.first, column.second) * column.distance;
        const bottom =
          pixel(row.second, column.first) * (unit - column.distance) +
          pixel(row.second, column.second) * column.distance;
        const sum = top * (unit - row.distance) + bottom * row.distance;
        output[(y * size[1] + x) * channels + c] = finish(sum);
      }
    }
  }
  return output;
}

/**
 * Each output pixel mixes its four neighbours in the input by their distances. Source: TFLM
 * `reference_ops::ResizeBilinearInteger` for int8, `ResizeBilinear` for float.
 */
export const resizeBilinear: Op<ResizeAttributes, ResizeBilinearParameters> = {
  name: 'resize_bilinear',
  attributes: resizeSchema,
  inputCount: [1, 1],
  inferShapes: resizedShape,
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  prepare,
  reference({ inputShape, size, scale, offset }, inputs) {
    const input = inputs[0] as Int8Array;
    const output = new Int8Array(size[0] * size[1] * inputShape[2]);
    const placeOf = (axis: 0 | 1, i: number) => scale[axis] * i + offset[axis];
    return interpolate(inputShape, size, one, placeOf, input, output, (sum) =>
      roundingDivideByPowerOfTwo(sum, 2 * bits),
    );
  },
  referenceFloat(context, inputs) {
    const { inputShape, size } = prepare(context);
    const { alignCorners, halfPixelCenters } = context.attributes;
    const placeOf = (axis: 0 | 1, i: number) => {
      const ends = alignCorners && size[axis] > 1 ? 1 : 0;
      const scale = (inputShape[axis] - ends) / (size[axis] - ends);
      return halfPixelCenters ? (i + 0.5) * scale - 0.5 : i * scale;
    };
    const input = inputs[0] as Float32Array;
    const output = new Float32Array(size[0] * size[1] * inputShape[2]);
    return interpolate(inputShape, size, 1, placeOf, input, output, (sum) => sum);
  },
  lower: ({ inputShape, size, scale, offset }) => ({
    kernel: 'resizeBilinear',
    arguments: [
      { input: 0 },
      { output: 0 },
      ...inputShape,
      ...size,
      scale[0],
      offset[0],
      scale[1],
      offset[1],
    ],
    weights: new Uint8Array(0),
    scratchBytes: 0,
  }),
  inPlace: () => false,
};
