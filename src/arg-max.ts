import { WickError } from './errors.ts';

/**
 * The index, from `offset`, of the largest of `length` values; the first of equal ones, as TFLM's examples and
 * `np.argmax` choose. A NaN is never larger than another value.
 * Throws a WickError if the range is empty or not within `values`.
 */
export function argMax(values: Int8Array | Float32Array, offset: number, length: number): number {
  if (length < 1 || offset < 0 || offset + length > values.length)
    throw new WickError({
      what: 'argMax of a range that is not in the values',
      expected: `a non-empty range within 0 to ${values.length}`,
      received: `${length} from ${offset}`,
    });
  let best = 0;
  for (let i = 1; i < length; i++)
    if ((values[offset + i] as number) > (values[offset + best] as number)) best = i;
  return best;
}
