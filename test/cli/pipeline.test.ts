import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact, buildFiles, readHistory } from '../../src/build-folder.ts';
import type { Dataset, Samples } from '../../src/data/dataset.ts';
import { loadDataset } from '../../src/data/load.ts';
import { writePng } from '../../src/data/png.ts';
import { sampleAt, selectIndices, subset } from '../../src/data/select.ts';
import { type DemoSummary, demo } from '../../src/demo.ts';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import { openModel } from '../../src/evaluate/open.ts';
import { resolveProject } from '../../src/project.ts';
import { runWick, spawnWick } from '../support/cli.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { writeDataset } from '../support/tiny-project.ts';

const folder = await temporaryFolder();
const data = join(folder, 'mnist');
const byDemo = join(folder, 'by-demo');
const byVerbs = join(folder, 'by-verbs');
const epochs = 2;

let dataset: Pick<Dataset, 'train' | 'test'>;
let summary: DemoSummary;

const some = (samples: Samples, count: number) =>
  subset(samples, selectIndices(samples.count, count, 1));

/** Runs a verb that must succeed; returns the object that it prints. */
async function json(...args: readonly string[]): Promise<Record<string, unknown>> {
  const outcome = await runWick(...args, '--json');
  expect(outcome, args.join(' ')).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(outcome.stdout);
}

beforeAll(async () => {
  const mnist = await loadDataset();
  dataset = { train: some(mnist.train, 3000), test: some(mnist.test, 500) };
  await writeDataset(data, dataset);
});

describe('wick demo on 3,000 images of MNIST', () => {
  beforeAll(async () => {
    const flags = ['--data', data, '--epochs', `${epochs}`, '--json', '-o', byDemo];
    const { code, stdout, stderr } = await spawnWick(['demo', ...flags], { cwd: folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    summary = JSON.parse(stdout);
  });

  it('tells what the network costs', () => {
    expect(summary).toMatchObject({ name: 'mnist-cnn', parameters: 54_410, macs: 248_768 });
    expect(summary.floatWeightsBytes).toBe(4 * 54_410);
    expect(summary.weightsBytes).toBeGreaterThanOrEqual(54_368 + 4 * 42);
    expect(summary.wasmBytes).toBeLessThanOrEqual(6144);
    // The input and the pooled activations lie side by side at some time.
    expect(summary.arenaBytes).toBeGreaterThan(26 * 26 * 32);
    expect(summary.arenaBytes).toBeLessThan(28 * 28 + 26 * 26 * 32 + 13 * 13 * 32 + 4096);
  });

  it('learns, and loses little of that as int8', () => {
    expect(summary.floatAccuracy).toBeGreaterThan(0.85);
    expect(summary.int8Accuracy).toBeGreaterThan(0.85);
    expect(summary.drop).toBeCloseTo(summary.floatAccuracy - summary.int8Accuracy, 12);
    expect(Math.abs(summary.drop)).toBeLessThanOrEqual(1 - summary.agreement + 1e-12);
    expect(summary.agreement).toBeGreaterThan(0.95);
    expect(summary.agreement).toBeLessThanOrEqual(1);
  });

  it('measures speed', () => {
    expect(summary.trainImagesPerSecond).toBeGreaterThan(0);
    expect(summary.microsecondsPerInference).toBeGreaterThan(0);
    expect(summary.scalarMicrosecondsPerInference).toBeGreaterThan(0);
  });

  it('verifies every test image in both modules and 200 in the reference', () => {
    expect(summary).toMatchObject({ verifiedImages: 500, referenceImages: 200 });
  });

  it('leaves every artifact in the folder that --out names, and nothing else', async () => {
    const weights = ['model.safetensors', 'model.int8.safetensors'];
    const names = [...(await readFolder(byDemo)).keys()].sort();
    expect(names).toEqual([...Object.values(buildFiles), ...weights].sort());
    expect(summary).toMatchObject({ directory: byDemo, report: artifact(byDemo, 'report') });
    expect((await readdir(folder)).sort()).toEqual(['by-demo', 'mnist']);
  });

  it('tells the accuracies that its own artifacts give', async () => {
    const float = evaluate(await openModel(artifact(byDemo, 'floatGraph')), dataset.test);
    expect(float.float?.accuracy).toBe(summary.floatAccuracy);
    for (const file of ['wasm', 'simdWasm'] as const) {
      const int8 = evaluate(await openModel(artifact(byDemo, file)), dataset.test);
      expect(int8.int8?.accuracy, file).toBe(summary.int8Accuracy);
    }
  });
});

describe('the verbs, one after another, on the same data with the same seed', () => {
  const input = ['--data', data];

  beforeAll(async () => {
    await json('train', 'mnist-cnn', ...input, '--epochs', `${epochs}`, '-o', byVerbs);
    await json('quantize', byVerbs, ...input);
    await json('compile', byVerbs);
  });

  it('write the very bytes that demo wrote', async () => {
    const [demos, verbs] = [await readFolder(byDemo), await readFolder(byVerbs)];
    const measured = [buildFiles.history, buildFiles.report] as const;
    expect([...verbs.keys()].sort()).toEqual(
      [...demos.keys()].filter((name) => name !== buildFiles.report).sort(),
    );
    for (const [name, bytes] of verbs) {
      // Text shows where it differs.
      if (name === buildFiles.description) {
        expect(bytes.toString()).toBe(demos.get(name)?.toString());
      }
      const equal = demos.get(name)?.equals(bytes);
      expect(equal || measured.some((file) => file === name), name).toBe(true);
    }
  });

  it('learn along the same losses', async () => {
    const [ofDemo, ofVerbs] = [await readHistory(byDemo), await readHistory(byVerbs)];
    expect(ofVerbs).toEqual({ ...ofDemo, imagesPerSecond: expect.any(Number) });
    expect(ofVerbs.epochs).toHaveLength(epochs);
  });

  it('report writes the page', async () => {
    const page = artifact(byVerbs, 'report');
    expect(await json('report', byVerbs, ...input)).toEqual({ report: page });
    expect(await readFile(page, 'utf8')).toContain('</html>');
  });

  it('eval tells what demo told', async () => {
    const { name, float, int8, agreement } = await json('eval', byVerbs, ...input);
    expect({ name, agreement }).toEqual({ name: 'mnist-cnn', agreement: summary.agreement });
    expect(float).toMatchObject({ count: 500, accuracy: summary.floatAccuracy });
    expect(int8).toMatchObject({ count: 500, accuracy: summary.int8Accuracy });
    expect(float).not.toHaveProperty('predictions');
  });

  it('run gives the same answer for a PNG and for raw int8 values', async () => {
    const { data: values, shape } = dataset.test;
    const pixels = sampleAt(dataset.test, 7) as Uint8Array;
    expect([values.length / 500, ...shape]).toEqual([784, 28, 28, 1]);
    const [png, raw] = [join(folder, 'seven.png'), join(folder, 'seven.int8')];
    await writeFile(png, writePng(pixels, [28, 28, 1]));
    // An input of bytes is quantized one to one: scale 1/255, zero point -128.
    await writeFile(
      raw,
      pixels.map((value) => value - 128),
    );
    const answer = await json('run', byVerbs, png);
    expect(await json('run', artifact(byDemo, 'wasm'), raw)).toEqual(answer);
    const int8 = evaluate(await openModel(artifact(byVerbs, 'wasm')), dataset.test).int8;
    expect(answer).toMatchObject({ index: int8?.predictions[7] });
  });

  it('compare puts the models side by side, on shifted images too', async () => {
    const mlp = resolveProject({ preset: 'mnist-mlp', training: { epochs } }, 'test');
    const directory = join(folder, 'mlp');
    const other = await demo(mlp, directory, { directory: data });
    expect(other).toMatchObject({ name: 'mnist-mlp', parameters: 407_050, macs: 406_528 });
    expect(other.int8Accuracy).toBeGreaterThan(0.8);

    const { models } = await json('compare', byVerbs, directory, ...input);
    const rowOf = ({ name, parameters, macs, ...rest }: DemoSummary) => {
      const { floatAccuracy, int8Accuracy, agreement } = rest;
      const shifted = [2, 4].map((pixels) => ({ pixels, accuracy: expect.any(Number) }));
      return { name, parameters, macs, floatAccuracy, int8Accuracy, agreement, shifted };
    };
    expect(models).toEqual([rowOf(summary), rowOf(other)]);
    for (const { int8Accuracy, shifted } of models as ReturnType<typeof rowOf>[]) {
      expect(shifted[0]?.accuracy).toBeLessThan(int8Accuracy);
      expect(shifted[1]?.accuracy).toBeLessThan(shifted[0]?.accuracy);
    }
  });
});

describe('another seed', () => {
  it('gives other weights', async () => {
    const directory = join(folder, 'seed-2');
    const flags = ['--data', data, '--epochs', `${epochs}`, '--seed', '2', '-o', directory];
    await json('train', 'mnist-cnn', ...flags);
    const trained = await readFile(join(directory, 'model.safetensors'));
    expect(trained.equals(await readFile(join(byDemo, 'model.safetensors')))).toBe(false);
  });
});
