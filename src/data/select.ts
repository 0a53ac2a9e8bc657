import { WickError } from '../errors.ts';
import { elementCount } from '../graph/types.ts';
import { createRandom } from '../random.ts';
import type { Samples } from './dataset.ts';

/**
 * The samples at some indices, copied, in the order of the indices.
 *
 * @throws WickError where an index is not 0 to count - 1
 */
export function subset(samples: Samples, indices: ArrayLike<number>): Samples {
  const size = elementCount(samples.shape);
  const data = emptyLike(samples.data, indices.length * size);
  const labels = new Uint8Array(indices.length);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] ?? 0;
    data.set(sampleAt(samples, index), i * size);
    labels[i] = samples.labels[index] ?? 0;
  }
  return { ...samples, data, labels, count: indices.length };
}

/**
 * The raw values of one sample, row-major in `samples.shape`: a view, not a copy.
 *
 * @throws WickError where the index is not 0 to count - 1
 */
export function sampleAt(samples: Samples, index: number): Samples['data'] {
  if (!Number.isInteger(index) || index < 0 || index >= samples.count) {
    throw new WickError({
      what: 'no such sample',
      expected: `an index from 0 to ${samples.count - 1}`,
      received: `${index}`,
    });
  }
  const size = elementCount(samples.shape);
  return samples.data.subarray(index * size, (index + 1) * size);
}

/**
 * Chooses distinct indices below `count`, ascending; all of them where `howMany` is not less than `count`.
 * The same seed chooses the same indices.
 *
 * @throws WickError where `howMany` is no whole number from 0
 */
export function selectIndices(count: number, howMany: number, seed: number): number[] {
  if (!Number.isInteger(howMany) || howMany < 0) {
    throw new WickError({
      what: 'cannot select samples',
      expected: 'a whole number from 0',
      received: `${howMany}`,
    });
  }
  const all = Array.from({ length: count }, (_, index) => index);
  if (howMany >= count) return all;
  return createRandom(seed)
    .shuffle(all)
    .slice(0, howMany)
    .sort((a, b) => a - b);
}

/** An array of zeros of the same element type. */
export function emptyLike(data: Samples['data'], length: number): Samples['data'] {
  if (data instanceof Uint8Array) return new Uint8Array(length);
  return data instanceof Int8Array ? new Int8Array(length) : new Float32Array(length);
}
