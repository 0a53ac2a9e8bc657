import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeIdx } from '../../src/data/idx.ts';
import { writePng } from '../../src/data/png.ts';
import { ops } from '../../src/ops/registry.generated.ts';
import type { Config } from '../../src/project.ts';
import { layerTypes } from '../../src/train/layer-schema.ts';
import { conv2d, dense, flatten, maxPool2d } from '../../src/train/layers.ts';
import { runWick } from '../support/cli.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { buildTiny, tinyConfig, tinyDataset, writeDataset } from '../support/tiny-project.ts';

const folder = await temporaryFolder();
const data = join(folder, 'data');
const build = join(folder, 'build');
const out = join(folder, 'out');
const raw = join(folder, 'input.int8');

beforeAll(async () => {
  await writeDataset(data, tinyDataset);
  await buildTiny(build);
  await writeFile(raw, new Uint8Array(64));
});

let made = 0;
const path = (name: string) => join(folder, `${++made}-${name}`);

/** Expects a command line to fail with this one line on standard error, and to leave nothing in `out`. */
async function expectRefusal(args: readonly string[], line: string): Promise<void> {
  const outcome = await runWick(...args);
  expect(outcome).toEqual({ code: 1, stdout: '', stderr: `error: ${line}\n` });
  expect([...(await readFolder(out)).keys()]).toEqual([]);
}

async function writeConfig(config: unknown): Promise<string> {
  const file = path('wick.config.mjs');
  await writeFile(file, `export default ${JSON.stringify(config)};`);
  return file;
}

describe('a command line that makes no sense', () => {
  const help = 'add --help to see what there is';

  it.each([
    [['--nope'], `unknown option '--nope'; ${help}`],
    [['demo', '--jsn'], `unknown option '--jsn' (Did you mean --json?); ${help}`],
    [['trian'], `unknown command 'trian' (Did you mean train?); ${help}`],
    [['run', 'model.wasm'], `missing required argument 'input'; ${help}`],
    [
      ['train', 'mnist-cnn', 'mnist-mlp'],
      `too many arguments for 'train'. Expected 1 argument but got 2; ${help}`,
    ],
    [['demo', '--out'], `option '-o, --out <folder>' argument missing; ${help}`],
    [
      ['compile', 'x', '--optimize', 'small'],
      `option '--optimize <goal>' argument 'small' is invalid. Allowed choices are size, speed; ${help}`,
    ],
    [['compare', 'one'], 'nothing to compare with: expected two or more models, received 1'],
    [
      ['train', 'mnist-cnm'],
      `command line, 'preset': unknown preset "mnist-cnm": known are mnist-cnn, mnist-mlp`,
    ],
    [
      ['demo', 'mnist-cnm'],
      `command line, 'preset': unknown preset "mnist-cnm": known are mnist-cnn, mnist-mlp`,
    ],
    [
      ['train', 'mnist-cnn', '--config', 'x.ts'],
      "command line: two projects at once: expected a preset or --config, received preset 'mnist-cnn' and --config x.ts",
    ],
    [['train', '--config', 'none.ts'], 'none.ts: no such configuration file'],
  ])('%j', expectRefusal);

  it.each(['abc', '', ' ', '-1', '1.5', '1e99', 'NaN'])('--seed %j', async (seed) => {
    await expectRefusal(
      ['demo', '--seed', seed],
      `option '--seed <number>' argument '${seed}' is invalid. Expected a whole number from 0; ${help}`,
    );
  });

  it('a folder without a project', async () => {
    await expectRefusal(
      ['train', '--data', data],
      `${process.cwd()}: no project to work on: expected wick.config.ts here, --config FILE, or a preset; presets: mnist-cnn, mnist-mlp`,
    );
  });

  it('no verb at all prints what there is, on standard error', async () => {
    const { code, stdout, stderr } = await runWick();
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Usage: wick [options] [command]');
    expect(stderr).not.toContain('error');
  });
});

describe('a configuration', () => {
  const train = (config: string) => ['train', '--config', config, '--data', data, '--out', out];

  it.each<[string, unknown, string]>([
    [
      'with a misspelt key',
      { ...tinyConfig, trainning: {} },
      `, 'trainning': unknown key "trainning": known are name, preset, inputShape, layers, data, training, quantization, compile, seed`,
    ],
    [
      'with a misspelt key inside',
      { ...tinyConfig, training: { epoch: 3 } },
      `, 'training.epoch': unknown key "epoch": known are epochs, batchSize, optimizer, learningRateDecay`,
    ],
    [
      'with an unknown layer',
      { ...tinyConfig, layers: [{ type: 'conv3d' }] },
      `, 'layers.0.type': unknown layer type "conv3d": known are ${layerTypes.join(', ')}`,
    ],
    [
      'with a layer that lacks a setting',
      { ...tinyConfig, layers: [{ type: 'conv2d', outChannels: 4 }] },
      `, 'layers.0.kernelSize': key is missing`,
    ],
    [
      'with an unknown preset',
      { preset: 'mnist-cnm' },
      `, 'preset': unknown preset "mnist-cnm": known are mnist-cnn, mnist-mlp`,
    ],
    [
      'with a seed that is none',
      { ...tinyConfig, seed: 1.5 },
      `, 'seed': value does not fit: expected a whole number, received 1.5`,
    ],
    [
      'with a name that leads out of the folder',
      { ...tinyConfig, name: '..' },
      `, 'name': a name starts with a letter, a digit or _ and holds only those, - and .`,
    ],
    [
      'that is empty',
      {},
      `: key 'layers' is missing; state it, or start from a preset (mnist-cnn, mnist-mlp)`,
    ],
    [
      'that is no object',
      'mnist-cnn',
      ': value does not fit: expected Object, received "mnist-cnn"',
    ],
  ])('%s', async (_, config, rest) => {
    const file = await writeConfig(config);
    await expectRefusal(train(file), `${file}${rest}`);
  });

  it.each<[string, Config, string]>([
    [
      'a kernel larger than its input',
      { ...tinyConfig, layers: [conv2d({ outChannels: 4, kernelSize: 9 })] },
      "node 'conv2d_1' (conv2d): kernel is larger than its padded input along axis height: expected at most 8, received 9 (kernel 9, dilation 1)",
    ],
    [
      'an image for a dense layer',
      { ...tinyConfig, layers: [dense({ units: 3 })] },
      "node 'dense_1' (dense): input is not one vector: expected shape 1xN, received 1x8x8x1; put a reshape (flatten) before it",
    ],
    [
      'a vector for a pooling layer',
      { ...tinyConfig, layers: [flatten(), maxPool2d({ kernelSize: 2 })] },
      "node 'maxPool2d_2' (max_pool2d): input is not one image: expected shape 1xHxWxC, received 1x64",
    ],
    [
      'groups that do not divide the channels',
      { ...tinyConfig, layers: [conv2d({ outChannels: 4, kernelSize: 3, groups: 3 })] },
      "node 'conv2d_1' (conv2d): 3 groups cannot share the input's channels: expected a divisor of 1 (input 1x8x8x1), received 3",
    ],
    [
      'images as the last output',
      { ...tinyConfig, layers: [conv2d({ outChannels: 3, kernelSize: 3 })] },
      "network 'bands': the last layer does not give one number for each class: expected 1x3 (3 labels), received 1x6x6x3",
    ],
    [
      'another number of outputs than labels',
      { ...tinyConfig, data: { labels: ['top', 'middle', 'bottom', 'none'] } },
      "network 'bands': the last layer does not give one number for each class: expected 1x4 (4 labels), received 1x3",
    ],
    [
      'another input than the samples',
      { ...tinyConfig, inputShape: [9, 8, 1] },
      "data set 'data': samples do not fit the network: expected 9x8x1, received 8x8x1; make inputShape the samples' height, width and channels",
    ],
  ])('whose network has %s', async (_, config, line) => {
    await expectRefusal(train(await writeConfig(config)), line);
  });

  it.each([
    ['does not parse', 'export default {', /: configuration cannot be loaded: ParseError: .+/],
    [
      'throws',
      'throw new Error("first\\nsecond")',
      /: configuration cannot be loaded: first second$/,
    ],
    [
      'imports what is not there',
      'import "./none.ts"; export default {}',
      /: configuration cannot be loaded: Cannot find module '.\/none.ts'/,
    ],
    [
      'has no default export',
      'export const config = {}',
      /: configuration has no default export; export default defineConfig\({ ... }\)$/,
    ],
  ])('that %s', async (_, source, message) => {
    const file = path('wick.config.ts');
    await writeFile(file, source);
    const { code, stdout, stderr } = await runWick(...train(file));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .+\n$/);
    expect(stderr.trim()).toMatch(message);
  });

  it('whose learning rate is far too high', async () => {
    const optimizer = { type: 'sgd', learningRate: 1e30 } as const;
    const file = await writeConfig({ ...tinyConfig, training: { optimizer } });
    await expectRefusal(
      train(file),
      'training, step 2 (epoch 1): the loss is no longer a finite number; use a learning rate lower than 1e+30',
    );
  });
});

describe('a data set', () => {
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
    await expectRefusal(['eval', build, '-d', missing], `${missing}: no such file or directory`);
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

describe('a model', () => {
  /** A copy of the build in which one file was changed. */
  async function changed(file: string, change: (bytes: Buffer) => Uint8Array | string) {
    const copy = path('build');
    await cp(build, copy, { recursive: true });
    await writeFile(join(copy, file), change(await readFile(join(copy, file))));
    return { copy, file: join(copy, file) };
  }
  const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length - 5);
  const replace = (from: string, to: string) => (bytes: Buffer) => {
    const text = bytes.toString('latin1');
    expect(text).toContain(from);
    return Buffer.from(text.replace(from, to), 'latin1');
  };

  it('that is not there', async () => {
    const missing = path('model');
    await expectRefusal(
      ['eval', missing, '-d', data],
      `${missing}: no model there: expected a build folder, a .wick.json or a .wasm file; make one with 'wick train' and 'wick compile', or 'wick demo'`,
    );
    for (const [verb, file] of [
      ['quantize', 'model.wick.json'],
      ['compile', 'model.int8.wick.json'],
      ['report', 'model.json'],
      ['run', 'model.simd.wasm'],
    ] as const) {
      const args = verb === 'run' ? [raw] : verb === 'compile' ? [] : ['-d', data];
      const line = `${join(missing, file)}: no such file or directory`;
      await expectRefusal([verb, missing, ...args], line);
    }
  });

  it('whose weights are truncated', async () => {
    const { copy, file } = await changed('model.safetensors', cut);
    const line = `${file}: corrupted or unsupported safetensors: truncated data: expected 604 bytes, received 599`;
    await expectRefusal(['eval', copy, '-d', data], line);
    await expectRefusal(['quantize', copy, '-d', data, '-o', out], line);
  });

  it('whose weights belong to another graph', async () => {
    const { copy } = await changed('model.safetensors', replace('conv2d_1/bias', 'conv2d_9/bias'));
    await expectRefusal(
      ['eval', copy, '-d', data],
      `${join(copy, 'model.wick.json')}: the weights do not fit constant conv2d_1/bias: expected float32 4, received nothing`,
    );
  });

  it('whose graph is cut off', async () => {
    const { copy, file } = await changed('model.int8.wick.json', cut);
    const { code, stdout, stderr } = await runWick('compile', copy, '-o', out);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.startsWith(`error: ${file}: corrupted JSON: `)).toBe(true);
    expect(stderr.match(/\n/g)).toHaveLength(1);
    expect([...(await readFolder(out)).keys()]).toEqual([]);
  });

  it('whose graph is something else', async () => {
    // The parser's message quotes the text, line breaks included; it is told in one line all the same.
    const { copy, file } = await changed('model.int8.wick.json', () => 'a\nb\nc');
    const { stderr } = await runWick('compile', copy, '-o', out);
    expect(stderr.startsWith(`error: ${file}: corrupted JSON: `)).toBe(true);
    expect(stderr.match(/\n/g)).toHaveLength(1);
  });

  it('whose graph has an unknown op', async () => {
    const { copy } = await changed(
      'model.int8.wick.json',
      replace('"op":"conv2d"', '"op":"conv9d"'),
    );
    await expectRefusal(
      ['compile', copy, '-o', out],
      `node 'conv2d_1' (conv9d): unknown op: expected one of ${[...ops.keys()].join(', ')}, received 'conv9d'`,
    );
  });

  it('that is float where int8 is needed', async () => {
    await expectRefusal(
      ['compile', join(build, 'model.wick.json'), '-o', out],
      "bands: graph is not quantized: expected int8 tensors, received float32 tensor 'input'; run 'wick quantize' first",
    );
  });

  it.each(['run', 'eval'])('whose module is bad, for %s', async (verb) => {
    const rest = verb === 'run' ? [raw] : ['-d', data];
    const expectBad = async (change: (bytes: Buffer) => Uint8Array, line: string) => {
      const { copy, file } = await changed('model.simd.wasm', change);
      await expectRefusal([verb, copy, ...rest], `${file}: ${line}`);
    };
    await expectBad(
      (bytes) => bytes.subarray(0, 100),
      'not a valid WebAssembly module: expected a .wasm file of version 1, received 100 bytes, cut off in section 7',
    );
    await expectBad(
      replace('\x04wick{', '\x04wock{'),
      "not a wick model: expected a module with a custom section 'wick', received none; use a model.wasm that 'wick compile' wrote",
    );
    await expectBad(
      replace('"abiVersion":1', '"abiVersion":9'),
      'model was compiled for another ABI version: expected 1, received 9; compile it again with this version of wick',
    );
  });

  it('whose records are damaged', async () => {
    const report = async (file: string, contents: string, line: string) => {
      const { copy, file: damaged } = await changed(file, () => contents);
      await expectRefusal(['report', copy, '-d', data], `${damaged}${line}`);
      expect((await readFolder(copy)).has('report.html')).toBe(false);
    };
    await report('training.json', '{}', ", 'stepLosses': key is missing");
    await report(
      'model.json',
      '',
      ': file is corrupted: expected JSON, received Unexpected end of JSON input',
    );
  });
});

describe('the input of run', () => {
  it('that is not there', async () => {
    const missing = path('digit.png');
    await expectRefusal(['run', build, missing], `${missing}: no such file or directory`);
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
    await expectRefusal(['run', build, png], `${png}: not a PNG file`);
  });

  it('that is raw values of another number', async () => {
    const short = path('short.int8');
    await writeFile(short, new Uint8Array(63));
    await expectRefusal(
      ['run', build, short],
      `${short}: input has the wrong size: expected a .png file, or 64 raw int8 values, received 63 bytes`,
    );
  });

  it('that is raw values to be inverted', async () => {
    await expectRefusal(['run', build, raw, '--invert'], `${raw}: --invert is for .png files only`);
  });

  it('for a graph that is not compiled', async () => {
    const graph = join(build, 'model.int8.wick.json');
    await expectRefusal(
      ['run', graph, raw],
      `${graph}: not a compiled model: expected a build folder or a .wasm file, received a graph; compile it with 'wick compile'`,
    );
  });
});

describe('an output folder', () => {
  const verbs = async (target: string): Promise<(readonly string[])[]> => [
    ['train', '-c', await writeConfig(tinyConfig), '-d', data, '-o', target],
    ['quantize', build, '-d', data, '-o', target],
    ['compile', build, '-o', target],
  ];

  it('that is a file', async () => {
    const file = path('file');
    await writeFile(file, 'kept');
    for (const args of await verbs(file)) {
      await expectRefusal(
        args,
        `${file}: cannot write: EEXIST; a file has the name of the directory`,
      );
    }
    for (const args of await verbs(join(file, 'inside'))) {
      await expectRefusal(
        args,
        `${join(file, 'inside')}: cannot write: ENOTDIR; a part of the path is a file where a directory is needed`,
      );
    }
    expect(await readFile(file, 'utf8')).toBe('kept');
  });

  // Permissions do not bind root.
  it.skipIf(process.getuid?.() === 0)('that may not be written to', async () => {
    const locked = path('locked');
    await mkdir(locked, { mode: 0o500 });
    for (const args of await verbs(locked)) {
      const { code, stderr } = await runWick(...args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^error: .+: cannot write: EACCES; check its permissions\n$/);
    }
    expect([...(await readFolder(locked)).keys()]).toEqual([]);
  });

  it('in which a folder has the name of an artifact keeps what it holds', async () => {
    const target = path('build');
    const blocked = join(target, 'model.json');
    await mkdir(blocked, { recursive: true });
    await writeFile(join(target, 'model.wasm'), 'old');
    await expectRefusal(
      ['compile', join(build, 'model.int8.wick.json'), '-o', target],
      `${blocked}: cannot write: EISDIR; a file is needed there, not a directory`,
    );
    expect((await readdir(target)).sort()).toEqual(['model.json', 'model.wasm']);
    expect(await readFile(join(target, 'model.wasm'), 'utf8')).toBe('old');
  });
});
