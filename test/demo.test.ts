import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { buildFiles, readHistory, readModelDescription } from '../src/build-folder.ts';
import { type DemoSummary, demo } from '../src/demo.ts';
import { loadGraph } from '../src/graph/files.ts';
import { canonicalWeightsBytes } from '../src/graph/weights.ts';
import { quantize } from '../src/quantize/quantize.ts';
import type { TrainProgress } from '../src/train/train.ts';
import { readFolder, temporaryFolder } from './support/folder.ts';
import { tinyDataset, tinyProject, writeDataset } from './support/tiny-project.ts';

const folder = await temporaryFolder();
const data = join(folder, 'data');
const directory = join(folder, 'first');
const source = { directory: data };
/** What a clock has a part in. */
const measured: readonly string[] = [buildFiles.history, buildFiles.report];

let summary: DemoSummary;
const steps: [string, string][] = [];
const progress: TrainProgress[] = [];
beforeAll(async () => {
  await writeDataset(data, tinyDataset);
  summary = await demo(tinyProject, directory, source, {
    onStep: (step, text) => steps.push([step, text]),
    onTrainProgress: (state) => progress.push(state),
  });
});

describe('demo', () => {
  it('goes through the steps in order and tells each in a line', () => {
    expect(steps.map(([step]) => step)).toEqual([
      'data',
      'train',
      'quantize',
      'compile',
      'verify',
      'evaluate',
      'report',
    ]);
    for (const [, text] of steps) expect(text).toMatch(/^\S.*$/);
    expect(steps[0]?.[1]).toBe('data: 192 training and 60 test images');
    expect(steps[1]?.[1]).toMatch(/^4 epochs, loss 0\.\d{4}, \d+ images\/s$/);
    expect(steps[2]?.[1]).toBe('int8, ranges from 192 training images');
    expect(steps[4]?.[1]).toBe(
      '60 images in both modules, 60 in the reference: equal, byte for byte',
    );
  });

  it('tells how far the training is, step by step', () => {
    expect(progress).toHaveLength(4 * 12);
    expect(progress[0]).toMatchObject({ epoch: 1, epochs: 4, step: 1, steps: 12 });
    expect(progress.at(-1)).toMatchObject({ epoch: 4, step: 12 });
  });

  it('sums up what its artifacts say', async () => {
    const description = await readModelDescription(directory);
    const { name, parameters, macs, weightsBytes, wasmBytes, arenaBytes } = description;
    const { weightsSha256 } = description;
    const { imagesPerSecond } = await readHistory(directory);
    expect(summary).toEqual({
      name,
      directory,
      report: join(directory, 'report.html'),
      floatAccuracy: 1,
      int8Accuracy: 1,
      drop: 0,
      agreement: 1,
      parameters,
      macs,
      floatWeightsBytes: canonicalWeightsBytes(await loadGraph(join(directory, 'model.wick.json'))),
      weightsBytes,
      wasmBytes,
      arenaBytes,
      trainImagesPerSecond: imagesPerSecond,
      microsecondsPerInference: expect.any(Number),
      scalarMicrosecondsPerInference: expect.any(Number),
      verifiedImages: 60,
      referenceImages: 60,
      weightsSha256,
    });
    const files = await readFolder(directory);
    expect(files.get('weights.bin')).toHaveLength(weightsBytes);
  });

  it('gives the same artifacts byte for byte with the same seed, others with another', async () => {
    const again = join(folder, 'again');
    const other = join(folder, 'other');
    await demo(tinyProject, again, source);
    await demo({ ...tinyProject, seed: tinyProject.seed + 1 }, other, source);
    const [first, second, third] = await Promise.all([directory, again, other].map(readFolder));
    expect([...(second?.keys() ?? [])].sort()).toEqual([...(first?.keys() ?? [])].sort());
    for (const [name, bytes] of first ?? []) {
      if (!measured.includes(name)) expect(second?.get(name)?.equals(bytes), name).toBe(true);
    }
    for (const name of ['model.safetensors', 'weights.bin', 'model.wasm']) {
      expect(third?.get(name)?.equals(first?.get(name) ?? Buffer.of()), name).toBe(false);
    }
  });

  it('quantizes and compiles as the project says', async () => {
    const fast = join(folder, 'fast');
    const settings = { optimize: 'speed', calibrationSamples: 5, seed: 3 } as const;
    const lines: string[] = [];
    const { weightsBytes } = await demo({ ...tinyProject, ...settings }, fast, source, {
      onStep: (_, text) => lines.push(text),
    });
    expect(weightsBytes).toBeGreaterThan(summary.weightsBytes);
    expect(lines).toContain('int8, ranges from 5 training images');
    const float = await loadGraph(join(fast, 'model.wick.json'));
    const options = { calibration: tinyDataset.train, samples: 5, seed: 3 };
    expect(await loadGraph(join(fast, 'model.int8.wick.json'))).toEqual(
      await quantize(float, options),
    );
  });

  it("takes the project's own data where no other is named", async () => {
    const own = { ...tinyProject, data: { directory: data, name: 'own' } };
    const lines: string[] = [];
    await demo(own, join(folder, 'own'), undefined, { onStep: (_, text) => lines.push(text) });
    expect(lines[0]).toBe('own: 192 training and 60 test images');
  });

  it('finds out before it trains that it cannot write to the folder', async () => {
    const file = join(data, 'train-labels-idx1-ubyte');
    const onTrainProgress = vi.fn();
    await expect(demo(tinyProject, file, source, { onTrainProgress })).rejects.toThrow(
      `${file}: cannot write: EEXIST; a file has the name of the directory`,
    );
    expect(onTrainProgress).not.toHaveBeenCalled();
  });

  it('leaves no folder behind where the data is missing', async () => {
    const target = join(folder, 'none');
    const missing = { directory: join(folder, 'no data') };
    await expect(demo(tinyProject, target, missing)).rejects.toThrow('no such file or directory');
    await expect(access(target)).rejects.toThrow('ENOENT');
  });
});
