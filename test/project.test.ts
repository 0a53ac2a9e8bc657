import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineConfig, presetNames, resolveProject } from '../src/project.ts';
import { defaultSeed } from '../src/random.ts';
import { buildGraph, conv2d, dense, flatten, maxPool2d, relu } from '../src/train/layers.ts';
import { presets } from '../src/train/presets.ts';

const layers = [flatten(), dense({ units: 4 })];
const minimal = { name: 'mine', inputShape: [2, 3, 1], layers } as const;

describe('resolveProject', () => {
  it('fills in what a configuration leaves open', () => {
    expect(resolveProject(minimal, 'wick.config.ts')).toEqual({
      name: 'mine',
      inputShape: [2, 3, 1],
      layers,
      data: { labels: ['0', '1', '2', '3'] },
      training: {
        epochs: 5,
        batchSize: 64,
        optimizer: { type: 'adam', learningRate: 0.001 },
        learningRateDecay: 1,
      },
      calibrationSamples: undefined,
      optimize: undefined,
      budgets: {},
      seed: defaultSeed,
    });
  });

  it('takes over what a configuration states', () => {
    const training = {
      epochs: 2,
      batchSize: 8,
      optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9 },
      learningRateDecay: 0.5,
    };
    const data = { directory: 'digits', name: 'digits', labels: ['a', 'b', 'c', 'd'] };
    const config = {
      ...minimal,
      data,
      training,
      quantization: { samples: 100 },
      compile: {
        optimize: 'speed',
        inputType: 'float32',
        outputType: 'int8',
        ram: '64k',
        flash: 1000,
      },
      seed: 7,
    };
    expect(resolveProject(config, 'wick.config.ts')).toEqual({
      ...minimal,
      data,
      training,
      calibrationSamples: 100,
      optimize: 'speed',
      inputType: 'float32',
      outputType: 'int8',
      budgets: { ram: 65_536, flash: 1000 },
      seed: 7,
    });
  });

  it.each([...presets.values()])('starts from the preset $name', (preset) => {
    const { name, inputShape, layers, training } = preset;
    const project = resolveProject({ preset: name }, 'wick.config.ts');
    expect(project).toMatchObject({ name, inputShape, layers, training });
    // Its parts fit each other and its labels.
    const labels = project.data.labels ?? [];
    expect(labels).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(() => buildGraph({ ...project, labels })).not.toThrow();
  });

  it("replaces a preset's settings one by one", () => {
    const preset = presets.get('mnist-cnn');
    const config = {
      preset: 'mnist-cnn',
      name: 'mine',
      training: { epochs: 1, batchSize: undefined },
    };
    const project = resolveProject(config, 'wick.config.ts');
    expect(project.name).toBe('mine');
    expect(project.layers).toEqual(preset?.layers);
    expect(project.training).toEqual({ ...preset?.training, epochs: 1 });
  });

  it('leaves the labels to the data where the last layer is not dense', () => {
    const open = { ...minimal, layers: [...layers, relu()] };
    expect(resolveProject(open, 'wick.config.ts').data.labels).toBeUndefined();
  });

  it.each(['name', 'inputShape', 'layers'] as const)('needs a %s or a preset', (key) => {
    const { [key]: _, ...rest } = minimal;
    expect(() => resolveProject(rest, 'wick.config.ts')).toThrow(
      `wick.config.ts: key '${key}' is missing; state it, or start from a preset (${presetNames})`,
    );
    expect(() => resolveProject({ ...rest, preset: 'mnist-mlp' }, 'wick.config.ts')).not.toThrow();
  });

  it.each<[string, object]>([
    ['name', { name: '' }],
    ['name', { name: 'a/b' }],
    ['name', { name: '..' }],
    ['preset', { preset: 'mnist' }],
    ['inputShape', { inputShape: '28x28x1' }],
    ['inputShape.1', { inputShape: [28, 0, 1] }],
    ['inputShape', { inputShape: [28, 28] }],
    ['inputShape', { inputShape: [28, 28, 1, 1] }],
    ['inputShape.0', { inputShape: [1e6, 1, 1] }],
    ['layers', { layers: [] }],
    ['layers.1.units', { layers: [flatten(), { type: 'dense', units: 1.5 }] }],
    ['layers.0.units', { layers: [dense({ units: 4e9 }), dense({ units: 2 })] }],
    ['layers.1.units', { layers: [flatten(), dense({ units: 257 })] }],
    ['layers.0.padding', { layers: [conv2d({ outChannels: 1, kernelSize: 1, padding: 1e5 })] }],
    ['layers.0.kernelSize.1', { layers: [conv2d({ outChannels: 1, kernelSize: [1, 1e5] })] }],
    ['layers.0.stride', { layers: [maxPool2d({ kernelSize: 2, stride: 1e300 })] }],
    ['data.directory', { data: { directory: '' } }],
    ['data.labels', { data: { labels: ['only one'] } }],
    ['data.labels', { data: { labels: new Array(257).fill('x') } }],
    ['training.epochs', { training: { epochs: 0 } }],
    ['training.epochs', { training: { epochs: 1e300 } }],
    ['training.learningRateDecay', { training: { learningRateDecay: 1.1 } }],
    [
      'training.optimizer.learningRate',
      { training: { optimizer: { type: 'adam', learningRate: 0 } } },
    ],
    [
      'training.optimizer.learningRate',
      { training: { optimizer: { type: 'sgd', learningRate: Number.POSITIVE_INFINITY } } },
    ],
    [
      'training.optimizer.momentum',
      { training: { optimizer: { type: 'sgd', learningRate: 1, momentum: 1 } } },
    ],
    ['quantization.samples', { quantization: { samples: 0 } }],
    ['compile.optimize', { compile: { optimize: 'both' } }],
    ['compile.inputType', { compile: { inputType: 'uint8' } }],
    ['compile.ram', { compile: { ram: '64g' } }],
    ['compile.flash', { compile: { flash: 0 } }],
    ['compile.weights', { compile: { weights: 'flash' } }],
    ['compile.window', { compile: { weights: 'stream', window: 255 } }],
    ['seed', { seed: 2 ** 53 }],
  ])('refuses a bad %s: %j', (key, change) => {
    expect(() => resolveProject({ ...minimal, ...change }, 'wick.config.ts')).toThrow(
      expect.objectContaining({
        name: 'WickError',
        problem: expect.objectContaining({ where: `wick.config.ts, '${key}'` }),
      }),
    );
  });

  it.each([
    [
      { inputShape: [28, 28] },
      "'inputShape': three numbers are needed, [height, width, channels]: received [28, 28]",
    ],
    [
      { inputShape: '28x28' },
      `'inputShape': three numbers are needed, [height, width, channels]: received "28x28"`,
    ],
    [
      { layers: [dense({ units: 300 })] },
      "'layers.0.units': too many classes: expected at most 256 units in the last layer, received 300",
    ],
    [
      { layers: [{ type: 'maxPool2d', kernelSize: '2' }] },
      '\'layers.0.kernelSize\': a whole number from 1 to 1024 is needed, or [height, width]: received "2"',
    ],
  ])('says what is needed instead of %j', (change, message) => {
    expect(() => resolveProject({ ...minimal, ...change }, 'wick.config.ts')).toThrow(
      `wick.config.ts, ${message}`,
    );
  });

  it('refuses anything that is no configuration with a WickError', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        expect(() => resolveProject(value, 'wick.config.ts')).toThrow(
          expect.objectContaining({ name: 'WickError' }),
        );
      }),
    );
  });
});

describe('defineConfig', () => {
  it('gives back what it is given', () => {
    const config = { preset: 'mnist-cnn', seed: 3 };
    expect(defineConfig(config)).toBe(config);
  });
});
