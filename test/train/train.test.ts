import { describe, expect, it, vi } from 'vitest';
import { subset } from '../../src/data/select.ts';
import type { Graph } from '../../src/graph/types.ts';
import { conv2d, dense, flatten, maxPool2d, relu } from '../../src/train/layers.ts';
import {
  evaluateFloat,
  type TrainOptions,
  type TrainProgress,
  train,
} from '../../src/train/train.ts';
import { separableDataset, smallGraph } from './networks.ts';

const dataset = separableDataset();
const layers = [
  conv2d({ outChannels: 5, kernelSize: 3 }),
  relu(),
  maxPool2d({ kernelSize: 2 }),
  flatten(),
  dense({ units: 4 }),
];

const options = (changes: Partial<TrainOptions> = {}): TrainOptions => ({
  graph: smallGraph(layers),
  dataset,
  epochs: 4,
  batchSize: 32,
  optimizer: { type: 'adam', learningRate: 0.01 },
  seed: 3,
  ...changes,
});

const bytesOf = (graph: Graph) =>
  [...graph.tensors.values()].flatMap(({ data }) =>
    data === undefined ? [] : [Buffer.from(data.buffer, data.byteOffset, data.byteLength)],
  );

describe('train', () => {
  it.each([
    { type: 'adam', learningRate: 0.01 },
    { type: 'sgd', learningRate: 0.05, momentum: 0.9 },
  ] as const)('learns what is easy to learn with $type', async (optimizer) => {
    const { graph, history } = await train(options({ optimizer }));
    const first = history.epochs[0];
    const last = history.epochs.at(-1);
    expect(last?.loss).toBeLessThan((first?.loss as number) / 4);
    expect(last?.testAccuracy).toBe(1);
    const logits = evaluateFloat(graph, dataset.test);
    expect(logits.length).toBe(dataset.test.count * 4);
    expect(accuracy(logits)).toBe(last?.testAccuracy);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const [a, b, c] = await Promise.all([
      train(options()),
      train(options()),
      train(options({ seed: 4 })),
    ]);
    expect(bytesOf(a.graph)).toEqual(bytesOf(b.graph));
    expect(a.history.stepLosses).toEqual(b.history.stepLosses);
    expect(bytesOf(a.graph)).not.toEqual(bytesOf(c.graph));
  });

  it('sees every sample once an epoch, in a last batch that is smaller too', async () => {
    const seen: TrainProgress[] = [];
    const { history } = await train(options({ epochs: 2, onProgress: (p) => seen.push(p) }));
    // 150 samples: four batches of 32 and one of 22
    expect(seen.map(({ epoch, step, steps }) => [epoch, step, steps])).toEqual(
      [1, 2].flatMap((epoch) => [1, 2, 3, 4, 5].map((step) => [epoch, step, 5])),
    );
    expect(history.stepLosses.length).toBe(10);
    const weights = [32, 32, 32, 32, 22];
    const mean = weights.reduce(
      (sum, w, i) => sum + (w * (history.stepLosses[i] as number)) / 150,
      0,
    );
    expect(history.epochs[0]?.loss).toBeCloseTo(mean, 6);
    expect(seen[4]?.loss).toBe(history.epochs[0]?.loss);
    expect(seen[4]?.accuracy).toBe(history.epochs[0]?.accuracy);
  });

  it('takes a batch that is larger than the data set as one step', async () => {
    const { history } = await train(options({ epochs: 3, batchSize: 1000 }));
    expect(history.stepLosses.length).toBe(3);
  });

  it('multiplies the learning rate after each epoch', async () => {
    const stopped = await train(options({ epochs: 3, learningRateDecay: 1e-12 }));
    const one = await train(options({ epochs: 1 }));
    const [first, second] = [one.graph, stopped.graph].map(
      (g) => g.tensors.get('dense_5/weights')?.data,
    );
    first?.forEach((value, i) => {
      expect(second?.[i]).toBeCloseTo(value, 5);
    });
  });

  it('stops where the loss is no longer a number, and says when and what to do', async () => {
    const optimizer = { type: 'sgd', learningRate: 1e30 } as const;
    await expect(train(options({ optimizer }))).rejects.toThrow(
      /step \d+ \(epoch 1\): the loss is no longer a finite number; use a learning rate lower than 1e\+30/,
    );
  });

  it('says so where there is nothing to train on', async () => {
    const empty = { ...dataset, train: subset(dataset.train, []) };
    await expect(train(options({ dataset: empty }))).rejects.toThrow(
      "data set 'separable': no samples to train on: expected at least one, received none; ",
    );
  });

  it.each<[string, Partial<TrainOptions>, string]>([
    ['epochs', { epochs: 0 }, 'expected >=1, received 0'],
    ['epochs', { epochs: Number.POSITIVE_INFINITY }, 'expected a whole number, received Infinity'],
    ['batchSize', { batchSize: 0 }, 'expected >=1, received 0'],
    ['batchSize', { batchSize: 1.5 }, 'expected a whole number, received 1.5'],
    ['learningRateDecay', { learningRateDecay: 2 }, 'expected <=1, received 2'],
    ['seed', { seed: Number.NaN }, 'expected number, received NaN'],
    [
      'optimizer.learningRate',
      { optimizer: { type: 'adam', learningRate: Number.POSITIVE_INFINITY } },
      'expected a finite number, received Infinity',
    ],
    [
      'optimizer.weightDecay',
      { optimizer: { type: 'sgd', learningRate: 1, weightDecay: Number.POSITIVE_INFINITY } },
      'expected a finite number, received Infinity',
    ],
  ])('refuses bad settings before it begins: %s in %j', async (key, change, message) => {
    const onProgress = vi.fn();
    await expect(train(options({ ...change, onProgress }))).rejects.toThrow(
      `training options, '${key}': value does not fit: ${message}`,
    );
    expect(onProgress).not.toHaveBeenCalled();
  });

  it.each([
    ['training samples', 'train'],
    ['test samples', 'test'],
  ] as const)('refuses %s that do not fit together', async (title, part) => {
    const broken = { ...dataset, [part]: { ...dataset[part], labels: new Uint8Array(3) } };
    await expect(train(options({ dataset: broken }))).rejects.toThrow(
      `data set 'separable', ${title}: samples and labels differ in number: `,
    );
  });

  it('lets the event loop run after each epoch', async () => {
    let turns = 0;
    let isDone = false;
    const count = () => {
      turns++;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await train(options({ epochs: 4 }));
    isDone = true;
    expect(turns).toBeGreaterThanOrEqual(4);
  });
});

function accuracy(logits: Float32Array): number {
  const answers = Array.from({ length: dataset.test.count }, (_, i) => {
    const row = [...logits.subarray(4 * i, 4 * i + 4)];
    return row.indexOf(Math.max(...row));
  });
  return answers.filter((answer, i) => answer === dataset.test.labels[i]).length / answers.length;
}
