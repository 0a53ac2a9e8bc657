import { paddingNames } from '../../../import/tflite/names.ts';
import { samePadding } from '../../../import/tflite/operators/window.ts';
import type { Pair, Window } from '../../../ops/support/window.ts';

/** The numbers of the paddings that TFLite has names for. */
export const [same, valid] = ['SAME', 'VALID'].map((name) => paddingNames.indexOf(name)) as [
  number,
  number,
];

/** [height, width] of an NHWC shape. */
export function sizeOf([, height, width]: readonly number[]): Pair {
  return [height as number, width as number];
}

/**
 * The number of the padding, SAME or VALID, by which windows lie as these do and give an output of this size; undefined
 * where there is none. How far the image is padded behind follows from that size.
 */
export function paddingCode(window: Window, image: Pair, output: Pair): number | undefined {
  const { kernel, stride, dilation, padding } = window;
  const axes = [0, 1] as const;
  const extent = (axis: 0 | 1) => (kernel[axis] - 1) * dilation[axis] + 1;
  const expected = samePadding(image, kernel, stride, dilation);
  const isSame = axes.every(
    (axis) =>
      padding[2 * axis] === expected[2 * axis] &&
      output[axis] === Math.ceil(image[axis] / stride[axis]),
  );
  const isValid = axes.every(
    (axis) =>
      padding[2 * axis] === 0 &&
      output[axis] === Math.floor((image[axis] - extent(axis)) / stride[axis]) + 1,
  );
  // Where nothing is padded both say the same.
  if (isValid) return valid;
  return isSame ? same : undefined;
}
