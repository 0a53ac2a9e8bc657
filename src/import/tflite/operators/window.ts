import type { Padding, Pair } from '../../../ops/support/window.ts';
import { paddingNames } from '../names.ts';
import { type Operation, refusal } from '../operation.ts';
import type { Value } from '../values.ts';

/** How a window slides, as options say it. */
export interface WindowOptions {
  readonly padding: number;
  readonly strideH: number;
  readonly strideW: number;
}

/** [height, width] of an NHWC tensor. Throws a WickError where it has other axes. */
export function imageSize(operation: Operation, { name, shape }: Value): Pair {
  const [, height, width] = shape;
  if (shape.length === 4) return [height as number, width as number];
  throw refusal(operation, {
    what: `'${name}' is no image`,
    expected: 'axes N, H, W and C',
    received: shape.join('x') || 'a scalar',
  });
}

/** The strides [vertical, horizontal]. Throws a WickError where they are not positive. */
export function strideOf(operation: Operation, { strideH, strideW }: WindowOptions): Pair {
  if (strideH >= 1 && strideW >= 1) return [strideH, strideW];
  throw refusal(operation, {
    what: 'strides are not positive',
    expected: 'at least 1',
    received: `${strideH} and ${strideW}`,
  });
}

/** Whether windows may reach over the border. Throws a WickError where the options name no padding. */
export function isSame(operation: Operation, padding: number): boolean {
  const name = paddingNames[padding];
  if (name !== undefined) return name === 'SAME';
  throw refusal(operation, {
    what: 'padding is not known',
    expected: paddingNames.join(' or '),
    received: `${padding}`,
  });
}

/**
 * [top, bottom, left, right] of SAME: as much as gives ceil(size / stride) outputs, of an odd number the greater part
 * behind. Source: TFLite `ComputePaddingHeightWidth` (padding.h).
 */
export function samePadding(image: Pair, kernel: Pair, stride: Pair, dilation: Pair): Padding {
  const along = (axis: 0 | 1): Pair => {
    const outputs = Math.ceil(image[axis] / stride[axis]);
    const extent = (kernel[axis] - 1) * dilation[axis] + 1;
    const total = Math.max(0, (outputs - 1) * stride[axis] + extent - image[axis]);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  };
  return [...along(0), ...along(1)];
}

/** [top, bottom, left, right]: none for VALID, {@link samePadding} for SAME. */
export function paddingOf(
  operation: Operation,
  image: Pair,
  kernel: Pair,
  options: WindowOptions,
  dilation: Pair = [1, 1],
): Padding {
  const stride = strideOf(operation, options);
  if (!isSame(operation, options.padding)) return [0, 0, 0, 0];
  return samePadding(image, kernel, stride, dilation);
}
