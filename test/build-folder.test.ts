import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  artifact,
  buildFiles,
  prepareFolder,
  readHistory,
  readModelDescription,
  writeCompiled,
  writeHistory,
} from '../src/build-folder.ts';
import { type CompiledModel, compile } from '../src/compile/compile.ts';
import { readFolder, temporaryFolder } from './support/folder.ts';
import { smallClassifier } from './support/networks.ts';

const folder = await temporaryFolder();
const history = {
  stepLosses: [2.5, 1.25],
  epochs: [{ epoch: 1, loss: 1.875, accuracy: 0.5, testAccuracy: 0.625 }],
  imagesPerSecond: 1000.5,
};

let model: CompiledModel;
beforeAll(() => {
  model = compile(smallClassifier(1));
});

describe('artifact', () => {
  it('is a path in the folder, another one for each artifact', () => {
    expect(artifact('build/x', 'wasm')).toBe(join('build', 'x', 'model.wasm'));
    const names = Object.values(buildFiles);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('prepareFolder', () => {
  it('makes a folder with all that leads to it, and takes one that is there', async () => {
    const target = join(folder, 'a', 'b');
    await prepareFolder(target);
    await writeFile(join(target, 'kept'), '');
    await prepareFolder(target);
    expect([...(await readFolder(target)).keys()]).toEqual(['kept']);
  });

  it('refuses a file', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(prepareFolder(file)).rejects.toThrow(
      `${file}: cannot write: EEXIST; a file has the name of the directory`,
    );
  });
});

describe('a compiled model', () => {
  it('is five files, and its description reads back', async () => {
    const target = join(folder, 'compiled');
    await writeCompiled(target, model);
    const files = await readFolder(target);
    const text = (name: string) => files.get(name)?.toString();
    expect(files.get('model.wasm')).toEqual(Buffer.from(model.wasm));
    expect(files.get('model.simd.wasm')).toEqual(Buffer.from(model.simdWasm));
    expect(files.get('weights.bin')).toEqual(Buffer.from(model.weights));
    expect(text('model.h')).toBe(model.header);
    expect(JSON.parse(text('model.json') ?? '')).toEqual(model.description);
    expect([...files.keys()]).toHaveLength(5);
    expect(await readModelDescription(target)).toEqual(model.description);
  });

  it.each<[string, (text: string) => string, string]>([
    ['is cut off', (text) => text.slice(0, -1), ': file is corrupted: expected JSON, received '],
    [
      'lacks a key',
      (text) => text.replace('"arenaBytes"', '"arena"'),
      ", 'arenaBytes': key is missing",
    ],
    [
      'names an unknown goal',
      (text) => text.replace('"optimize":"size"', '"optimize":"both"'),
      `, 'optimize': value does not fit: expected ("speed" | "size"), received "both"`,
    ],
  ])('whose description %s is refused', async (title, change, message) => {
    const target = join(folder, title);
    await mkdir(target);
    const path = artifact(target, 'description');
    await writeFile(path, change(JSON.stringify(model.description)));
    await expect(readModelDescription(target)).rejects.toThrow(`${path}${message}`);
  });

  it('that is missing is refused', async () => {
    const target = join(folder, 'missing');
    await expect(readModelDescription(target)).rejects.toThrow(
      `${artifact(target, 'description')}: no such file or directory`,
    );
  });
});

describe('the record of a training run', () => {
  it('reads back as it was written', async () => {
    const target = join(folder, 'history');
    await writeHistory(target, history);
    expect(await readHistory(target)).toEqual(history);
  });

  it('that is malformed is refused, with the place', async () => {
    const target = join(folder, 'malformed');
    const [epoch] = history.epochs;
    await writeHistory(target, history);
    const path = artifact(target, 'history');
    await writeFile(path, JSON.stringify({ ...history, epochs: [{ ...epoch, loss: null }] }));
    await expect(readHistory(target)).rejects.toThrow(
      `${path}, 'epochs.0.loss': value does not fit: expected number, received null`,
    );
    await rm(path);
    await expect(readHistory(target)).rejects.toThrow(`${path}: no such file or directory`);
  });
});
