import type { Dataset, Samples } from '../../src/data/dataset.ts';
import { elementCount } from '../../src/graph/types.ts';
import { createRandom } from '../../src/random.ts';
import type { Layer } from '../../src/train/layer-schema.ts';
import { buildGraph, conv2d, dense, flatten, maxPool2d, relu } from '../../src/train/layers.ts';
import { normal } from '../support/normal.ts';

/** Samples of noise around a mean image for each class: easy to tell apart. */
export function separableSamples(
  shape: readonly number[],
  classes: number,
  count: number,
  seed: number,
): Samples {
  const size = elementCount(shape);
  const means = createRandom(99);
  const centers = Float32Array.from({ length: classes * size }, () => normal(means));
  const random = createRandom(seed);
  const labels = Uint8Array.from({ length: count }, () => random.integer(classes));
  const data = new Float32Array(count * size);
  labels.forEach((label, sample) => {
    for (let i = 0; i < size; i++) {
      data[sample * size + i] = (centers[label * size + i] as number) + 0.3 * normal(random);
    }
  });
  return { data, shape, scale: 1, zeroPoint: 0, labels, count };
}

/** A small data set of 4 classes. */
export function separableDataset(shape: readonly number[] = [6, 7, 2]): Dataset {
  return {
    name: 'separable',
    train: separableSamples(shape, 4, 150, 1),
    test: separableSamples(shape, 4, 40, 2),
    labels: ['a', 'b', 'c', 'd'],
  };
}

/** Every layer type and setting once, with two convolutions so that a gradient passes through one of them. */
export const variedLayers: readonly Layer[] = [
  conv2d({ outChannels: 6, kernelSize: 3, padding: [1, 2, 0, 1], bias: false }),
  relu(),
  conv2d({ outChannels: 4, kernelSize: [2, 3], stride: [1, 2], padding: 1, groups: 2 }),
  relu(),
  maxPool2d({ kernelSize: 2, stride: 1 }),
  conv2d({ outChannels: 5, kernelSize: 2, padding: [0, 1], dilation: 2 }),
  maxPool2d({ kernelSize: [2, 1] }),
  flatten(),
  dense({ units: 9 }),
  relu(),
  dense({ units: 4, bias: false }),
];

/** A graph of layers for {@link separableDataset}. */
export function smallGraph(layers: readonly Layer[] = variedLayers, seed = 1) {
  return buildGraph({
    name: 'small',
    inputShape: [6, 7, 2],
    layers,
    labels: separableDataset().labels,
    seed,
  });
}
