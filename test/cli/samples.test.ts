import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteScale } from '../../src/data/dataset.ts';
import { type Idx, writeIdx } from '../../src/data/idx.ts';
import { saveGraph } from '../../src/graph/files.ts';
import { runWick } from '../support/cli.ts';
import { readFolder } from '../support/folder.ts';
import { createOpNetwork, quantization } from '../support/op-network.ts';
import { tinyDataset } from '../support/tiny-project.ts';
import { createWorkspace } from '../support/workspace.ts';

const { data, build, path, expectRefusal } = await createWorkspace();
const { train, test } = tinyDataset;
const [height, width] = test.shape as readonly [number, number];
const images = join(data, 't10k-images-idx3-ubyte');
const labels = join(data, 't10k-labels-idx1-ubyte');
const module = join(build, 'model.simd.wasm');

const print = async (...args: readonly string[]) => {
  const { code, stdout, stderr } = await runWick(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
};

async function write(name: string, idx: Idx): Promise<string> {
  const file = path(name);
  await writeFile(file, writeIdx(idx));
  return file;
}

describe('--inputs and --labels', () => {
  // The input of the tiny model takes bytes one to one.
  const int8 = () => {
    const values = Int8Array.from(test.data, (byte) => byte - 128);
    return write('mfcc.idx', { dtype: 'int8', shape: [test.count, height, width], data: values });
  };

  it.each([
    ['eval', [module]],
    ['eval', [build]],
    ['compare', [build, module]],
  ])(
    "%s evaluates on files of any name, int8 values being those of the model's input",
    async (verb, models) => {
      const expected = await print(verb, ...models, '-d', data);
      for (const inputs of [images, await int8()]) {
        const { models: compared, ...rest } = await print(
          ...[verb, ...models, '--inputs', inputs, '--labels', labels],
        );
        // Images that move are uncovered in black, which is another value.
        const unmoved = (rows: unknown) =>
          inputs === images
            ? rows
            : (rows as { shifted: unknown }[] | undefined)?.map(({ shifted: _, ...row }) => row);
        const { models: expectedModels, ...expectedRest } = expected;
        expect(rest).toEqual(expectedRest);
        expect(unmoved(compared)).toEqual(unmoved(expectedModels));
      }
    },
  );

  it('report evaluates on them', async () => {
    const [own, other] = [path('own'), path('other')];
    await print('report', build, '-o', own, '--inputs', await int8(), '--labels', labels);
    await print('report', build, '-o', other, '-d', data);
    const accuracies = async (folder: string) =>
      (await readFile(join(folder, 'report.html'), 'utf8')).match(/\d+\.\d\d%/g);
    expect(await accuracies(own)).toEqual(await accuracies(other));
    const wrong = await write('wrong.idx', {
      dtype: 'uint8',
      shape: [test.count],
      data: test.labels.map((label) => (label + 1) % 3),
    });
    await print('report', build, '-o', own, '--inputs', images, '--labels', wrong);
    expect(await accuracies(own)).not.toEqual(await accuracies(other));
  });

  it.each(['eval', 'report'])('%s wants both', async (verb) => {
    await expectRefusal(
      [verb, build, '--inputs', images],
      'there is no --labels: expected both --inputs and --labels, or neither',
    );
    await expectRefusal(
      [verb, build, '--labels', labels],
      'there is no --inputs: expected both --inputs and --labels, or neither',
    );
  });

  it('quantize takes the ranges from the inputs alone', async () => {
    const quantized = async (...args: readonly string[]) => {
      const out = path('quantized');
      await print('quantize', build, '-o', out, ...args);
      return (await readFolder(out)).get('model.int8.wick.json')?.toString();
    };
    const expected = await quantized('-d', data);
    expect(await quantized('--inputs', join(data, 'train-images-idx3-ubyte'))).toBe(expected);
    expect(await quantized('--inputs', images)).not.toBe(expected);
    // What a byte is worth counts as well, of either.
    const doubled = ['--scale', `${2 * byteScale}`];
    const bright = await quantized('-d', data, ...doubled);
    expect(bright).not.toBe(expected);
    const floats = Float32Array.from(train.data, (byte) => 2 * byteScale * byte);
    const file = await write('train.idx', {
      dtype: 'float32',
      shape: [train.count, height, width],
      data: floats,
    });
    expect(await quantized('--inputs', file)).toBe(bright);
  });

  it('are for one reading of int8 values where models are compared', async () => {
    const other = path('other.wick.json');
    const network = createOpNetwork(1, { name: 'other' });
    const input = network.input('x', [1, height, width, 1], quantization(0.5, 3));
    network.add('reshape', 'flat', [input], { shape: [1, height * width] });
    network.weighted('dense', 'y', 'flat', [3, height * width], { activation: 'none' });
    await saveGraph(network.graph(['y']), other);
    const inputs = await int8();
    const given = ['compare', build, other, '--inputs', inputs, '--labels', labels];
    await expectRefusal(
      given,
      `${inputs}: int8 values mean something else to each of the models: expected scale ${byteScale} and zero point -128 of 'bands', received scale 0.5 and zero point 3 of 'other'; give float32 samples, or say with --scale what a step is worth`,
    );
    expect((await runWick(...given, '--scale', '0.01')).code).toBe(0);
  });
});

describe('--scale', () => {
  it('says what a step of the samples is worth', async () => {
    const { int8 } = await print('eval', module, '-d', data);
    expect(await print('eval', module, '-d', data, '--scale', `${1 / 255}`)).toMatchObject({
      int8,
    });
    expect((await runWick('eval', module, '--scale', '0')).stderr).toContain(
      'Expected a number above 0;',
    );
  });

  it.each([
    ['eval', [module]],
    ['compare', [build, module]],
    ['report', [build]],
  ] as const)(
    '%s warns where the samples do not fit the range of the input, and goes on',
    async (verb, models) => {
      const out = path('out');
      await mkdir(out);
      const place = verb === 'report' ? ['-o', out] : [];
      const run = (scale: string) =>
        runWick(verb, ...models, '-d', data, '--scale', scale, '--json', ...place);
      const times = (text: string) => text.repeat(models.length);
      const fits = await run(`${byteScale}`);
      expect(fits).toMatchObject({ code: 0, stderr: '' });
      const bright = await run('1');
      expect(bright.code).toBe(0);
      expect(() => JSON.parse(bright.stdout)).not.toThrow();
      expect(bright.stderr).toBe(
        times(
          `warning: bands: ${clippedAt(1)} lie beyond the range of the input, 0 to 1, and are clipped; --scale 0.00392157 takes bytes one to one\n`,
        ),
      );
      const dark = await run('0.000004');
      expect(dark.code).toBe(0);
      expect(dark.stderr).toMatch(
        /^(warning: bands: the \d+ different bytes of the samples fall into 1 of the 256 steps of the range of the input, 0 to 1; --scale 0\.00392157 takes bytes one to one\n)+$/,
      );
    },
  );

  function clippedAt(scale: number): string {
    const clipped = test.data.filter((byte) => scale * byte > 1).length;
    const { length } = test.data;
    const percent = ((100 * clipped) / length).toFixed(1);
    return `${clipped.toLocaleString('en-US')} of ${length.toLocaleString('en-US')} values (${percent}%)`;
  }
});
