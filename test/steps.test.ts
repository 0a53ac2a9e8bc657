import { cp, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact } from '../src/build-folder.ts';
import { openDebug } from '../src/evaluate/debug.ts';
import { loadGraph } from '../src/graph/files.ts';
import { report } from '../src/report/build-report.ts';
import { compileStep, quantizeStep, trainStep } from '../src/steps.ts';
import { readFolder, temporaryFolder } from './support/folder.ts';
import { buildTiny, tinyDataset, tinyProject } from './support/tiny-project.ts';

const folder = await temporaryFolder();
const complete = join(folder, 'complete');
const { seed } = tinyProject;

const ofTraining = ['model.safetensors', 'model.wick.json', 'training.json'];
const ofQuantizing = ['model.int8.safetensors', 'model.int8.tflite', 'model.int8.wick.json'];
const ofCompiling = ['model.h', 'model.json', 'model.simd.wasm', 'model.wasm', 'weights.bin'];
const own = ['notes.txt'];

let float: Awaited<ReturnType<typeof loadGraph>>;
let int8: typeof float;
beforeAll(async () => {
  await buildTiny(complete);
  await report(complete, tinyDataset.test);
  await writeFile(join(complete, 'notes.txt'), 'the user owns this one');
  float = await loadGraph(artifact(complete, 'floatGraph'));
  int8 = await loadGraph(artifact(complete, 'int8Graph'));
});

/** A copy of a build folder with every artifact and a file that is none. */
async function copyOf(name: string): Promise<string> {
  const copy = join(folder, name);
  await cp(complete, copy, { recursive: true });
  return copy;
}
const namesIn = async (directory: string) => [...(await readFolder(directory)).keys()].sort();

describe('a step that replaces its artifacts', () => {
  it('begins with a folder that has them all', async () => {
    expect(await namesIn(complete)).toEqual(
      [...ofTraining, ...ofQuantizing, ...ofCompiling, 'report.html', ...own].sort(),
    );
  });

  it('train removes what was made of the old float graph', async () => {
    const copy = await copyOf('trained');
    await trainStep({ ...tinyProject, seed: seed + 1 }, tinyDataset, copy);
    expect(await namesIn(copy)).toEqual([...ofTraining, ...own].sort());
  });

  it('quantize removes what was made of the old int8 graph', async () => {
    const copy = await copyOf('quantized');
    await quantizeStep(float, tinyDataset, copy, { samples: 3 });
    expect(await namesIn(copy)).toEqual([...ofTraining, ...ofQuantizing, ...own].sort());
  });

  it('compile removes the report', async () => {
    const copy = await copyOf('compiled');
    await compileStep(int8, copy, { optimize: 'speed' });
    expect(await namesIn(copy)).toEqual(
      [...ofTraining, ...ofQuantizing, ...ofCompiling, ...own].sort(),
    );
  });
});

describe('compile from another place', () => {
  it('puts the graph beside its modules, in place of the one that was there', async () => {
    const copy = await copyOf('elsewhere');
    const other = { ...int8, name: 'other' };
    await compileStep(other, copy, { inputType: 'float32' }, join(folder, 'other.wick.json'));
    expect(await loadGraph(artifact(copy, 'int8Graph'))).toEqual(other);
    expect(await namesIn(copy)).not.toContain('model.int8.tflite');
    const { description } = await openDebug(copy);
    expect(description).toMatchObject({ name: 'other', inputs: [{ dtype: 'float32' }] });
  });

  it('leaves the graph alone where it is the own one', async () => {
    const copy = await copyOf('own');
    const { ino } = await stat(artifact(copy, 'int8Graph'));
    await compileStep(int8, copy, {}, artifact(`${copy}/.`, 'int8Graph'));
    expect((await stat(artifact(copy, 'int8Graph'))).ino).toBe(ino);
    expect(await namesIn(copy)).toContain('model.int8.tflite');
  });
});

describe('a step that fails', () => {
  const diverging = { type: 'sgd', learningRate: 1e30 } as const;
  const short = { ...tinyDataset.train, labels: tinyDataset.train.labels.subarray(1) };

  it('leaves everything as it was', async () => {
    const copy = await copyOf('kept');
    const training = { ...tinyProject.training, optimizer: diverging };
    await expect(trainStep({ ...tinyProject, training }, tinyDataset, copy)).rejects.toThrow(
      'the loss is no longer a finite number',
    );
    await expect(quantizeStep(int8, tinyDataset, copy, {})).rejects.toThrow('not a float graph');
    await expect(quantizeStep(float, { ...tinyDataset, train: short }, copy, {})).rejects.toThrow(
      "calibration samples for 'bands': samples and labels differ in number: ",
    );
    await expect(compileStep(float, copy, {})).rejects.toThrow('graph is not quantized');
    expect(await readFolder(copy)).toEqual(await readFolder(complete));
  });

  it('also where the new artifact cannot be written', async () => {
    const copy = join(folder, 'blocked');
    await mkdir(artifact(copy, 'floatGraph'), { recursive: true });
    await writeFile(artifact(copy, 'wasm'), 'old');
    await expect(trainStep(tinyProject, tinyDataset, copy)).rejects.toThrow('EISDIR');
    await expect(cp(artifact(copy, 'wasm'), join(folder, 'still-there'))).resolves.toBeUndefined();
  });
});
