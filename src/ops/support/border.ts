import * as v from 'valibot';
import { WickError } from '../../errors.ts';
import type { Padding, Pair } from './window.ts';

/** What lies around an image or along an axis, and the number by which kernels know it (assembly/border.ts). */
export const borderCodes = { constant: 0, reflect: 1, symmetric: 2, edge: 3, wrap: 4 } as const;

/**
 * `constant`: one value. `reflect`: the mirror image without the border itself. `symmetric`: the mirror image. `edge`: the
 * border again and again. `wrap`: what lies at the other end.
 */
export type Border = keyof typeof borderCodes;

/**
 * The place of an axis that place `i`, inside or outside of it, shows; undefined outside where the border is constant.
 * Sources: TFLM `mirror_pad.cc`, NumPy `pad`.
 */
export function placeOf(i: number, extent: number, border: Border): number | undefined {
  if (i >= 0 && i < extent) return i;
  if (border === 'constant') return undefined;
  if (border === 'edge') return i < 0 ? 0 : extent - 1;
  if (border === 'wrap') return i < 0 ? i + extent : i - extent;
  const skipped = border === 'reflect' ? 1 : 0;
  return i < 0 ? skipped - 1 - i : 2 * extent - 1 - skipped - i;
}

/** Throws a WickError where an axis is padded by more than a border can show; `axis` names it. */
export function checkBorder(
  where: string,
  axis: string,
  extent: number,
  padding: readonly number[],
  border: Border,
): void {
  if (border === 'constant' || border === 'edge') return;
  const most = border === 'reflect' ? extent - 1 : extent;
  const largest = Math.max(...padding);
  if (largest <= most) return;
  throw new WickError({
    what: `padding is larger than what there is to ${border === 'wrap' ? 'repeat' : 'mirror'} along axis ${axis}`,
    where,
    expected: `at most ${most}`,
    received: `${largest}`,
  });
}

/** The padding modes of a convolution, named as PyTorch names them. */
const paddingModes = {
  zeros: 'constant',
  reflect: 'reflect',
  replicate: 'edge',
  circular: 'wrap',
} as const;

/** A padding mode of a convolution: what a window sees around the image. */
export type PaddingMode = keyof typeof paddingModes;

/** The schema of the attribute `paddingMode`, which may be left out. Source: PyTorch `Conv2d.padding_mode`. */
export const paddingModeSchema = v.optional(
  v.picklist(['zeros', 'reflect', 'replicate', 'circular']),
  'zeros',
);

/** The border that a padding mode means, `zeros` where none is given: the input's zero point stands for 0. */
export function borderOf({ paddingMode = 'zeros' }: BorderAttributes): Border {
  return paddingModes[paddingMode];
}

/**
 * Throws a WickError where an image [height, width] is padded ([top, bottom, left, right]) by more than its padding mode
 * can show: `reflect` by as much as the image or more, `circular` by more than the image.
 */
export function checkImageBorder(
  where: string,
  [height, width]: Pair,
  { padding: [top, bottom, left, right], paddingMode }: BorderAttributes & { padding: Padding },
): void {
  const border = borderOf({ paddingMode });
  checkBorder(where, 'height', height, [top, bottom], border);
  checkBorder(where, 'width', width, [left, right], border);
}

/** The part of an op's attributes or parameters that says what lies around the image. */
export interface BorderAttributes {
  readonly paddingMode?: PaddingMode | undefined;
}
