import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/project.ts';
import { layerTypes } from '../../src/train/layer-schema.ts';
import { conv2d, dense, flatten, maxPool2d } from '../../src/train/layers.ts';
import { runWick } from '../support/cli.ts';
import { tinyConfig } from '../support/tiny-project.ts';
import { createWorkspace } from '../support/workspace.ts';

const { data, out, path, writeConfig, expectRefusal } = await createWorkspace();

describe('wick refuses a command line', () => {
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
      ['compile', 'x', '--weights', 'flash'],
      `option '--weights <binding>' argument 'flash' is invalid. Allowed choices are embedded, stream, xip; ${help}`,
    ],
    [
      ['compile', 'x', '--window', '255'],
      `option '--window <bytes>' argument '255' is invalid. Expected a whole number from 256; ${help}`,
    ],
    [
      ['compile', 'x', '--optimize', 'small'],
      `option '--optimize <goal>' argument 'small' is invalid. Allowed choices are size, speed; ${help}`,
    ],
    [
      ['compile', 'x', '--ram', '64g'],
      `option '--ram <bytes>' argument '64g' is invalid. Expected a number of bytes from 1, such as 65536, 64k or 1M; ${help}`,
    ],
    [
      ['compare', 'one'],
      "nothing to compare with: expected two or more models, received 1; 'wick eval' evaluates a single model",
    ],
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
    [
      ['train', '--config', 'none.ts'],
      'none.ts: no such configuration file: expected a file whose default export is defineConfig({ ... }); check the path, or name a preset instead: mnist-cnn, mnist-mlp',
    ],
    [
      ['demo', 'mnist-cnn', '--config', 'x.ts'],
      "command line: two projects at once: expected a preset or --config, received preset 'mnist-cnn' and --config x.ts",
    ],
    [
      ['train', '--out', ''],
      `option '-o, --out <folder>' argument '' is invalid. Expected a path; ${help}`,
    ],
    [
      ['eval', 'x', '--data='],
      `option '-d, --data <folder>' argument '' is invalid. Expected a path; ${help}`,
    ],
    [
      ['quantize', 'x', '-c', ''],
      `option '-c, --config <file>' argument '' is invalid. Expected a path; ${help}`,
    ],
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

describe('wick refuses a configuration', () => {
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
      'with two numbers for the shape of the input',
      { ...tinyConfig, inputShape: [8, 8] },
      ", 'inputShape': three numbers are needed, [height, width, channels]: received [8, 8]",
    ],
    [
      'with units beyond all measure',
      { ...tinyConfig, layers: [flatten(), dense({ units: 4e9 })] },
      ", 'layers.1.units': value does not fit: expected <=65536, received 4000000000",
    ],
    [
      'with more classes than there may be',
      { ...tinyConfig, layers: [flatten(), dense({ units: 257 })] },
      ", 'layers.1.units': too many classes: expected at most 256 units in the last layer, received 257",
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
