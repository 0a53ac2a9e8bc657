import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, Samples } from '../../src/data/dataset.ts';
import { writeIdx } from '../../src/data/idx.ts';
import { type Config, resolveProject } from '../../src/project.ts';
import { createRandom } from '../../src/random.ts';
import { compileStep, quantizeStep, trainStep } from '../../src/steps.ts';
import { conv2d, dense, flatten, maxPool2d, relu } from '../../src/train/layers.ts';

const size = 8;
const classes = 3;

/** A configuration that trains in milliseconds on {@link tinyDataset}. */
export const tinyConfig = {
  name: 'bands',
  inputShape: [size, size, 1],
  layers: [
    conv2d({ outChannels: 4, kernelSize: 3 }),
    relu(),
    maxPool2d({ kernelSize: 2 }),
    flatten(),
    dense({ units: classes }),
  ],
  training: { epochs: 4, batchSize: 16, optimizer: { type: 'adam', learningRate: 0.01 } },
} as const satisfies Config;

/** {@link tinyConfig} with every default filled in. */
export const tinyProject = resolveProject(tinyConfig, 'tiny project');

/** Noisy images of 8x8 pixels with a bright band at one of three heights, which is their class. */
export const tinyDataset: Dataset = {
  name: 'bands',
  train: bands(192, 1),
  test: bands(60, 2),
  labels: ['0', '1', '2'],
};

function bands(count: number, seed: number): Samples {
  const random = createRandom(seed);
  const labels = Uint8Array.from({ length: count }, (_, index) => index % classes);
  const data = Uint8Array.from({ length: count * size * size }, (_, index) => {
    const row = Math.floor(index / size) % size;
    const label = labels[Math.floor(index / (size * size))] as number;
    const bright = row === 1 + 2 * label || row === 2 + 2 * label;
    return (bright ? 140 : 0) + random.integer(116);
  });
  return { data, shape: [size, size, 1], scale: Math.fround(1 / 255), zeroPoint: 0, labels, count };
}

/** Writes a data set of bytes as four IDX files. */
export async function writeDataset(
  folder: string,
  { train, test }: Pick<Dataset, 'train' | 'test'>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [split, { data, shape, labels, count }] of [
    ['train', train],
    ['t10k', test],
  ] as const) {
    const [height = 0, width = 0] = shape;
    await writeFile(
      join(folder, `${split}-images-idx3-ubyte`),
      writeIdx({ dtype: 'uint8', shape: [count, height, width], data: Uint8Array.from(data) }),
    );
    await writeFile(
      join(folder, `${split}-labels-idx1-ubyte`),
      writeIdx({ dtype: 'uint8', shape: [count], data: labels }),
    );
  }
}

/** Trains, quantizes and compiles the tiny project into a folder. */
export async function buildTiny(folder: string) {
  const { graph: float, history } = await trainStep(tinyProject, tinyDataset, folder);
  const { graph: int8 } = await quantizeStep(float, tinyDataset, folder, {
    seed: tinyProject.seed,
  });
  const compiled = await compileStep(int8, folder, {});
  return { float, int8, compiled, history };
}

/** Where {@link writeTinyProject} puts what it writes into a folder. */
export const tinyPaths = (folder: string) => ({
  data: join(folder, 'data'),
  build: join(folder, 'build'),
  config: join(folder, 'wick.config.mjs'),
  /** Raw values of one input. */
  raw: join(folder, 'input.int8'),
});

/** Writes data, a build folder, a configuration and an input for the command line. */
export async function writeTinyProject(folder: string): Promise<void> {
  const { data, build, config, raw } = tinyPaths(folder);
  await writeDataset(data, tinyDataset);
  await buildTiny(build);
  await writeFile(config, `export default ${JSON.stringify(tinyConfig)};`);
  await writeFile(raw, new Uint8Array(64));
}
