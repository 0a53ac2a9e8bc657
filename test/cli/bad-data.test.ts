import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { writeIdx } from '../../src/data/idx.ts';
import { writePng } from '../../src/data/png.ts';
import { tinyConfig } from '../support/tiny-project.ts';
import { createWorkspace } from '../support/workspace.ts';

const { data, build, raw, out, path, writeConfig, expectRefusal } = await createWorkspace();

describe('wick refuses a data set', () => {
  const images = 'train-images-idx3-ubyte';
  const labels = 'train-labels-idx1-ubyte';
  const labelFile = (values: readonly number[]) =>
    writeIdx({ dtype: 'uint8', shape: [values.length], data: Uint8Array.from(values) });

  /** Expects every verb that reads training samples to refuse a data set in which one file was replaced. */
  async function expectBadFile(name: string, contents: Uint8Array, rest: string): Promise<void> {
    const copy = path('data');
    await cp(data, copy, { recursive: true });
    await writeFile(join(copy, name), contents);
    const config = await writeConfig(tinyConfig);
    const line = `${join(copy, name)}: ${rest}`;
    await expectRefusal(['train', '-c', config, '-d', copy, '-o', out], line);
    await expectRefusal(['quantize', build, '-c', config, '-d', copy, '-o', out], line);
  }

  it('that is not there', async () => {
    const missing = path('data');
    await expectRefusal(
      ['eval', build, '-d', missing],
      `${missing}: no such file or directory; check the path`,
    );
  });

  it('that lacks a file', async () => {
    const folder = path('data');
    await mkdir(folder);
    await writeFile(join(folder, images), await readFile(join(data, images)));
    await expectRefusal(
      ['eval', build, '-d', folder],
      `${folder}: files of the data set are missing: expected ${labels}, t10k-images-idx3-ubyte or test-images-idx3-ubyte, t10k-labels-idx1-ubyte or test-labels-idx1-ubyte, received ${images}; the files may be gzip (.gz), and idx4 for images with channels`,
    );
  });

  it('with truncated images', async () => {
    const whole = await readFile(join(data, images));
    await expectBadFile(
      images,
      whole.subarray(0, 1000),
      'truncated IDX file: expected at least 12304 bytes, received 1000',
    );
  });

  it('with fewer labels than images', async () => {
    await expectBadFile(
      labels,
      labelFile(new Array(191).fill(0)),
      `images and labels differ in number: expected 192 labels, one for each image of ${images}, received 191`,
    );
  });

  it('with a label out of range', async () => {
    await expectBadFile(
      labels,
      labelFile([...new Array(191).fill(0), 3]),
      'a label has no class: expected labels from 0 to 2, as 3 classes are named, received 3 at sample 191',
    );
  });

  it('with a test label that the model does not know', async () => {
    const copy = path('data');
    await cp(data, copy, { recursive: true });
    await writeFile(join(copy, 't10k-labels-idx1-ubyte'), labelFile(new Array(60).fill(7)));
    const line =
      'sample 0: a label is not a class of the model: expected a class from 0 to 2, received 7';
    await expectRefusal(['eval', build, '-d', copy], line);
    await expectRefusal(['compare', build, build, '-d', copy], line);
    await expectRefusal(['report', build, '-d', copy], line);
  });
});

describe('wick run refuses an input', () => {
  it('that is not there', async () => {
    const missing = path('digit.png');
    await expectRefusal(
      ['run', build, missing],
      `${missing}: no such file or directory; check the path`,
    );
  });

  it('that is a PNG of another size', async () => {
    const png = path('wide.png');
    await writeFile(png, writePng(new Uint8Array(8 * 10), [8, 10, 1]));
    await expectRefusal(
      ['run', build, png],
      `${png}: the image has another size (width x height): expected 8x8, received 10x8; scale or crop it to the size of the model input`,
    );
  });

  it('that is no PNG', async () => {
    const png = path('text.png');
    await writeFile(png, 'not a PNG, though it is long enough to be the header of one');
    await expectRefusal(
      ['run', build, png],
      `${png}: not a PNG file: expected a file that begins with 89 50 4e 47 0d 0a 1a 0a, received 6e 6f 74 20 61 20 50 4e; convert the image to PNG`,
    );
  });

  it('that is raw values of another number', async () => {
    const short = path('short.int8');
    await writeFile(short, new Uint8Array(63));
    await expectRefusal(
      ['run', build, short],
      `${short}: input has the wrong size: expected a .png file, or 64 raw int8 values (64 bytes), received 63 bytes`,
    );
  });

  it('that is raw values to be inverted', async () => {
    await expectRefusal(['run', build, raw, '--invert'], `${raw}: --invert is for .png files only`);
  });

  it('for what is no model at all', async () => {
    const header = join(build, 'model.h');
    await expectRefusal(
      ['run', header, raw],
      `${header}: not a model: expected a build folder or a .wasm file, received another file`,
    );
  });

  it('for a graph that is not compiled', async () => {
    const graph = join(build, 'model.int8.wick.json');
    await expectRefusal(
      ['run', graph, raw],
      `${graph}: not a compiled model: expected a build folder or a .wasm file, received a graph; compile it with 'wick compile'`,
    );
  });
});
