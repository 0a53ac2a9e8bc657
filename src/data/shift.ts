import { WickError } from '../errors.ts';
import { elementCount } from '../graph/types.ts';
import type { Samples } from './dataset.ts';
import { emptyLike } from './select.ts';

/**
 * Moves the images of all samples ([H,W,C]) `dy` pixels down and `dx` to the right (negative: up, left). What moves
 * out is lost; what is uncovered gets the raw value of a real 0, the zero point.
 *
 * @throws WickError where a shift is no whole number or the samples are no images
 */
export function shiftImages(samples: Samples, dy: number, dx: number): Samples {
  const [height = 0, width = 0, channels = 0] = samples.shape;
  if (samples.shape.length !== 3 || !Number.isInteger(dy) || !Number.isInteger(dx)) {
    throw new WickError({
      what: 'cannot shift the samples',
      expected: 'images [H,W,C] and a shift by whole pixels',
      received: `[${samples.shape}] by ${dy}, ${dx}`,
    });
  }
  const shifted = emptyLike(samples.data, samples.data.length).fill(samples.zeroPoint);
  const size = elementCount(samples.shape);
  const keptColumns = Math.max(0, width - Math.abs(dx));
  const keptRows = keptColumns === 0 ? 0 : Math.max(0, height - Math.abs(dy));
  const offset = (y: number, x: number) => (y * width + x) * channels;

  for (let image = 0; image < samples.data.length; image += size) {
    for (let row = 0; row < keptRows; row++) {
      const source = image + offset(row + Math.max(0, -dy), Math.max(0, -dx));
      const target = image + offset(row + Math.max(0, dy), Math.max(0, dx));
      shifted.set(samples.data.subarray(source, source + keptColumns * channels), target);
    }
  }
  return { ...samples, data: shifted };
}
