import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact } from '../../src/build-folder.ts';
import { openModel } from '../../src/evaluate/open.ts';
import { classesOf, inferAll } from '../../src/evaluate/predict.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { evaluateFloat } from '../../src/train/train.ts';
import { temporaryFolder } from '../support/folder.ts';
import { buildTiny, tinyDataset } from '../support/tiny-project.ts';

const build = await temporaryFolder();
const samples = tinyDataset.test;
// conv 36x9x4 + 4; dense 36x3 + 3.
const cost = { name: 'bands', parameters: 36 + 4 + 108 + 3, macs: 36 * 9 * 4 + 36 * 3 };

let floatClasses: Uint8Array;
let int8Classes: Uint8Array;
beforeAll(async () => {
  const { float, compiled } = await buildTiny(build);
  floatClasses = classesOf(evaluateFloat(float, samples), samples.count);
  int8Classes = classesOf(inferAll(await loadModel(compiled.wasm), samples, ''), samples.count);
});

describe('openModel', () => {
  it('opens a build folder: its float graph and its module', async () => {
    const model = await openModel(build);
    expect(model).toMatchObject({
      ...cost,
      float: { kind: 'float', classes: 3 },
      int8: { kind: 'int8', classes: 3 },
    });
    expect(model.float?.classify(samples)).toEqual(floatClasses);
    expect(model.int8?.classify(samples)).toEqual(int8Classes);
  });

  it('opens a float graph', async () => {
    const model = await openModel(artifact(build, 'floatGraph'));
    expect(model).toMatchObject(cost);
    expect(model).not.toHaveProperty('int8');
    expect(model.float?.classify(samples)).toEqual(floatClasses);
  });

  it.each(['int8Graph', 'wasm', 'simdWasm'] as const)('opens an int8 model: %s', async (file) => {
    const model = await openModel(artifact(build, file));
    expect(model).toMatchObject(cost);
    expect(model).not.toHaveProperty('float');
    expect(model.int8?.classify(samples)).toEqual(int8Classes);
  });

  it('opens what a folder holds: a module, a float graph or an int8 graph alone', async () => {
    const copy = async (name: string, files: readonly string[]) => {
      const folder = join(build, name);
      await mkdir(folder);
      for (const file of files) await copyFile(join(build, file), join(folder, file));
      return await openModel(folder);
    };
    const module = await copy('module', ['model.simd.wasm']);
    expect(Object.keys(module).sort()).toEqual(['input', 'int8', 'macs', 'name', 'parameters']);
    const quantized = await copy('int8', ['model.int8.wick.json', 'model.int8.safetensors']);
    expect(quantized).not.toHaveProperty('float');
    expect(quantized.int8?.classify(samples)).toEqual(int8Classes);
    const graph = await copy('graph', ['model.wick.json', 'model.safetensors']);
    expect(Object.keys(graph).sort()).toEqual(['float', 'macs', 'name', 'parameters']);
  });

  it('refuses a folder without a model, and files that are not there', async () => {
    const folder = join(build, 'empty');
    await mkdir(folder);
    await expect(openModel(folder)).rejects.toThrow(
      `${folder}: no model there: expected a build folder, or a .wick.json, .tflite or .wasm file; make one with 'wick train' and 'wick compile', or 'wick demo'`,
    );
    for (const name of ['none.wasm', 'none.wick.json']) {
      const path = join(folder, name);
      await expect(openModel(path)).rejects.toThrow(`${path}: no such file or directory`);
    }
  });
});
