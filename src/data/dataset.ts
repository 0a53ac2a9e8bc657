import { WickError } from '../errors.ts';
import { elementCount, formatShape } from '../graph/types.ts';

/** Labelled samples in memory. A sample's real input values are `scale * (raw - zeroPoint)`. */
export interface Samples {
  /** Raw values, sample after sample, each row-major in `shape` (NHWC without N). */
  readonly data: Uint8Array | Int8Array | Float32Array;
  /** The shape of one sample, for example [28, 28, 1]. */
  readonly shape: readonly number[];
  readonly scale: number;
  readonly zeroPoint: number;
  /** The class of each sample. */
  readonly labels: Uint8Array;
  readonly count: number;
}

/** A data set: what is trained on, what is held back, and the names of the classes. */
export interface Dataset {
  readonly name: string;
  readonly train: Samples;
  readonly test: Samples;
  readonly labels: readonly string[];
}

/** The scale of image bytes: they stand for real values from 0 to 1. */
export const byteScale = Math.fround(1 / 255);

/**
 * Whether a sample has the shape of an input, batch included, or that shape but for a last axis of one channel (files hold
 * images, so a series [119, 6] is read as [119, 6, 1]), or is the same values for a flat input.
 */
export function fitsInput(sample: readonly number[], input: readonly number[]): boolean {
  const shapes = [sample, [elementCount(sample)]];
  if (sample.at(-1) === 1) shapes.push(sample.slice(0, -1));
  return shapes.some((shape) => formatShape([1, ...shape]) === formatShape(input));
}

/** What to do where samples do not fit an input, for errors. */
export const dataHint = 'name data of that shape (--data)';

/** How many classes there may be: labels and predictions are bytes. */
export const mostClasses = 256;

/**
 * Checks that samples fit together: as many labels and values as their count and shape say, in arrays of the right
 * types, and a real scale and zero point. Whatever takes samples from a caller calls this first.
 *
 * @param where what the samples are, for errors
 * @throws WickError that says what differs
 */
export function checkSamples(samples: Samples, where: string): void {
  const { data, shape, scale, zeroPoint, labels, count } = samples;
  const expect = (fits: boolean, what: string, expected: string, received: string): void => {
    if (!fits) throw new WickError({ what, where, expected, received });
  };
  expect(
    Number.isSafeInteger(count) && count >= 0,
    'the number of samples is no whole number',
    'one from 0',
    `${count}`,
  );
  expect(
    shape.length > 0 && shape.every((extent) => Number.isSafeInteger(extent) && extent > 0),
    'the shape of the samples does not fit',
    'whole numbers from 1, as in [28, 28, 1]',
    `[${shape.join(', ')}]`,
  );
  expect(
    data instanceof Uint8Array || data instanceof Int8Array || data instanceof Float32Array,
    'the values of the samples have the wrong type',
    'a Uint8Array, Int8Array or Float32Array',
    typeOf(data),
  );
  expect(
    data.length === count * elementCount(shape),
    'the values do not fill the samples',
    `${count * elementCount(shape)} values for ${count} samples of ${formatShape(shape)}`,
    `${data.length}`,
  );
  expect(
    labels instanceof Uint8Array,
    'the labels have the wrong type',
    'a Uint8Array',
    typeOf(labels),
  );
  expect(
    labels.length === count,
    'samples and labels differ in number',
    `${count} labels, one for each sample`,
    `${labels.length}`,
  );
  expect(
    Number.isFinite(scale) && scale > 0,
    'the scale of the samples does not fit',
    'a finite number above 0',
    `${scale}`,
  );
  expect(
    Number.isFinite(zeroPoint),
    'the zero point of the samples does not fit',
    'a finite number',
    `${zeroPoint}`,
  );
}

function typeOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? value.constructor.name : typeof value;
}
