import { WickError } from '../../errors.ts';
import { formatShape, type Tensor } from '../../graph/types.ts';

/** The scale of weights that are quantized as a whole and symmetrically. Throws a WickError where they are not. */
export function symmetricScale(where: string, { name, quantization }: Tensor): number {
  const { scale = [], zeroPoint = [] } = quantization ?? {};
  const [only] = scale;
  if (only !== undefined && scale.length === 1 && zeroPoint[0] === 0) return only;
  throw new WickError({
    what: `weights '${name}' are not quantized as a whole and symmetrically`,
    where,
    expected: 'one scale, zero point 0',
    received: `${scale.length} scales, zero point ${zeroPoint[0] ?? 'none'}`,
  });
}

/**
 * Throws a WickError where a bias has a scale of its own that is not its accumulator's, to within `tolerance`. A bias
 * without a scale, or none at all, is in order.
 */
export function checkSumScale(
  where: string,
  bias: Tensor | undefined,
  expected: number,
  tolerance: number,
): void {
  const [scale] = bias?.quantization?.scale ?? [];
  if (scale === undefined || Math.abs(scale - expected) < tolerance) return;
  throw new WickError({
    what: `bias '${bias?.name}' has the wrong scale`,
    where,
    expected: `${expected}`,
    received: `${scale}`,
  });
}

/** Throws a WickError where a tensor has another shape than its node wants. */
export function checkShape(where: string, tensor: Tensor, expected: readonly number[]): void {
  if (formatShape(tensor.shape) === formatShape(expected)) return;
  throw new WickError({
    what: `'${tensor.name}' has the wrong shape`,
    where,
    expected: formatShape(expected),
    received: formatShape(tensor.shape),
  });
}
