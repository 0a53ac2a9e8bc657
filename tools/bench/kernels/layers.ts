// The layers to measure: each distinct one of the four MLPerf Tiny models (mlcommons/tiny: keyword spotting DS-CNN, image
// classification ResNet-8, visual wake words MobileNetV1 0.25, anomaly detection autoencoder), and of the CNN that the
// preset `mnist` trains. Shapes only: nothing here knows of an engine.
import type { Attributes } from '../../../src/graph/types.ts';
import type { Activation } from '../../../src/ops/support/activation.ts';
import type { Padding, Pair } from '../../../src/ops/support/window.ts';

/** One layer. Shapes are those of the op's tensors: images are [1, height, width, channels]. */
export interface Layer {
  /** The model that has it; where several do, the first. */
  readonly model: string;
  /** The name of a file of src/ops. */
  readonly op: string;
  /** Unique among the layers of an op. */
  readonly name: string;
  /** The activations that come in. */
  readonly inputs: readonly (readonly number[])[];
  /** The weights that come next, with a bias for each output channel after them; undefined for an op without. */
  readonly weights: readonly number[] | undefined;
  readonly attributes: Attributes;
}

type Image = readonly [height: number, width: number, channels: number];

interface Window {
  readonly kernel: Pair;
  readonly stride?: number;
  /** `valid` where it is left out: no padding. With `same`, the output is the input's size over the stride. */
  readonly padding?: 'same' | 'valid';
  readonly activation?: Activation;
}

/** What TensorFlow's `SAME` puts around an image: half of what is missing before it, the larger half behind. */
function samePadding(image: Image, kernel: Pair, stride: number): Padding {
  const around = ([0, 1] as const).flatMap((axis) => {
    const outputs = Math.ceil(image[axis] / stride);
    const missing = Math.max((outputs - 1) * stride + kernel[axis] - image[axis], 0);
    return [Math.floor(missing / 2), Math.ceil(missing / 2)];
  });
  return around as unknown as Padding;
}

const around = (image: Image, { kernel, stride = 1, padding }: Window): Padding =>
  padding === 'same' ? samePadding(image, kernel, stride) : [0, 0, 0, 0];

const title = (image: Image, { kernel, stride = 1 }: Window, channels: string) =>
  `${kernel.join('x')}${stride === 1 ? '' : `/${stride}`} ${channels} on ${image[0]}x${image[1]}`;

/** The models, by the short names that results carry. */
const [kws, ic, vww, ad, mnist] = ['kws', 'ic', 'vww', 'ad', 'mnist'] as const;

function conv(model: string, image: Image, outputs: number, window: Window): Layer {
  const { kernel, stride = 1, activation = 'relu' } = window;
  return {
    model,
    op: 'conv2d',
    name: title(image, window, `${image[2]}-${outputs}`),
    inputs: [[1, ...image]],
    weights: [outputs, ...kernel, image[2]],
    attributes: {
      stride: [stride, stride],
      dilation: [1, 1],
      padding: around(image, window),
      groups: 1,
      activation,
    },
  };
}

const pointwise = (model: string, image: Image, outputs: number): Layer =>
  conv(model, image, outputs, { kernel: [1, 1] });

/** A depthwise convolution 3x3 with padding. */
function depthwise(model: string, image: Image, stride = 1): Layer {
  const window: Window = { kernel: [3, 3], stride, padding: 'same' };
  return {
    model,
    op: 'depthwise_conv2d',
    name: title(image, window, `${image[2]}`),
    inputs: [[1, ...image]],
    weights: [1, 3, 3, image[2]],
    attributes: {
      stride: [stride, stride],
      dilation: [1, 1],
      padding: around(image, window),
      activation: 'relu',
    },
  };
}

const dense = (
  model: string,
  inputs: number,
  outputs: number,
  activation: Activation = 'none',
): Layer => ({
  model,
  op: 'dense',
  name: `${inputs}-${outputs}`,
  inputs: [[1, inputs]],
  weights: [outputs, inputs],
  attributes: { activation },
});

function pool(model: string, op: 'average_pool2d' | 'max_pool2d', image: Image, size: Pair): Layer {
  return {
    model,
    op,
    name: `${size.join('x')} ${image[2]} on ${image[0]}x${image[1]}`,
    inputs: [[1, ...image]],
    weights: undefined,
    attributes: { kernel: size, stride: size, padding: [0, 0, 0, 0], activation: 'none' },
  };
}

const add = (model: string, image: Image): Layer => ({
  model,
  op: 'add',
  name: image.join('x'),
  inputs: [
    [1, ...image],
    [1, ...image],
  ],
  weights: undefined,
  attributes: { activation: 'relu' },
});

const softmax = (model: string, classes: number): Layer => ({
  model,
  op: 'softmax',
  name: `${classes}`,
  inputs: [[1, classes]],
  weights: undefined,
  attributes: { beta: 1 },
});

/** All layers, a model after another, each model's in the order of its graph. */
export const layers: readonly Layer[] = [
  conv(kws, [49, 10, 1], 64, { kernel: [10, 4], stride: 2, padding: 'same' }),
  depthwise(kws, [25, 5, 64]),
  pointwise(kws, [25, 5, 64], 64),
  pool(kws, 'average_pool2d', [25, 5, 64], [25, 5]),
  dense(kws, 64, 12),
  softmax(kws, 12),

  conv(ic, [32, 32, 3], 16, { kernel: [3, 3], padding: 'same' }),
  conv(ic, [32, 32, 16], 16, { kernel: [3, 3], padding: 'same' }),
  add(ic, [32, 32, 16]),
  conv(ic, [32, 32, 16], 32, { kernel: [3, 3], stride: 2, padding: 'same' }),
  conv(ic, [16, 16, 32], 32, { kernel: [3, 3], padding: 'same', activation: 'none' }),
  conv(ic, [32, 32, 16], 32, { kernel: [1, 1], stride: 2, activation: 'none' }),
  add(ic, [16, 16, 32]),
  conv(ic, [16, 16, 32], 64, { kernel: [3, 3], stride: 2, padding: 'same' }),
  conv(ic, [8, 8, 64], 64, { kernel: [3, 3], padding: 'same', activation: 'none' }),
  conv(ic, [16, 16, 32], 64, { kernel: [1, 1], stride: 2, activation: 'none' }),
  add(ic, [8, 8, 64]),
  pool(ic, 'average_pool2d', [8, 8, 64], [8, 8]),
  dense(ic, 64, 10),
  softmax(ic, 10),

  conv(vww, [96, 96, 3], 8, { kernel: [3, 3], stride: 2, padding: 'same' }),
  depthwise(vww, [48, 48, 8]),
  pointwise(vww, [48, 48, 8], 16),
  depthwise(vww, [48, 48, 16], 2),
  pointwise(vww, [24, 24, 16], 32),
  depthwise(vww, [24, 24, 32]),
  pointwise(vww, [24, 24, 32], 32),
  depthwise(vww, [24, 24, 32], 2),
  pointwise(vww, [12, 12, 32], 64),
  depthwise(vww, [12, 12, 64]),
  pointwise(vww, [12, 12, 64], 64),
  depthwise(vww, [12, 12, 64], 2),
  pointwise(vww, [6, 6, 64], 128),
  depthwise(vww, [6, 6, 128]),
  pointwise(vww, [6, 6, 128], 128),
  depthwise(vww, [6, 6, 128], 2),
  pointwise(vww, [3, 3, 128], 256),
  depthwise(vww, [3, 3, 256]),
  pointwise(vww, [3, 3, 256], 256),
  pool(vww, 'average_pool2d', [3, 3, 256], [3, 3]),
  dense(vww, 256, 2),
  softmax(vww, 2),

  dense(ad, 640, 128, 'relu'),
  dense(ad, 128, 128, 'relu'),
  dense(ad, 128, 8, 'relu'),
  dense(ad, 8, 128, 'relu'),
  dense(ad, 128, 640),

  conv(mnist, [28, 28, 1], 32, { kernel: [3, 3] }),
  pool(mnist, 'max_pool2d', [26, 26, 32], [2, 2]),
  dense(mnist, 5408, 10),
];
