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

type Path = readonly [...(string | number)[]];

/** Changes what lies at a path in the text of a JSON document. */
function edit(
  path: Path,
  change: (parent: Record<string | number, unknown>, key: string | number) => void,
) {
  return (text: string): string => {
    const document: Record<string | number, unknown> = JSON.parse(text);
    const last = path.at(-1) as string | number;
    const parent = path.slice(0, -1).reduce((value, key) => {
      return value[key] as Record<string | number, unknown>;
    }, document);
    expect(parent).toHaveProperty([last]);
    change(parent, last);
    return JSON.stringify(document);
  };
}
const without = (...path: Path) => edit(path, (parent, key) => delete parent[key]);
const changed = (value: unknown, ...path: Path) =>
  edit(path, (parent, key) => {
    parent[key] = value;
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
    ['lacks its labels', without('labels'), ", 'labels': key is missing"],
    [
      'lacks the MACs of a layer',
      without('layers', 0, 'macs'),
      ", 'layers.0.macs': key is missing",
    ],
    [
      'has a negative size',
      changed(-1, 'layers', 1, 'liveBytes'),
      ", 'layers.1.liveBytes': value does not fit: expected >=0, received -1",
    ],
    [
      'has a shape without extent',
      changed(0, 'layers', 0, 'outputShape', 1),
      ", 'layers.0.outputShape.1': value does not fit: expected >=1, received 0",
    ],
    [
      'has an input of another type',
      changed('uint8', 'inputs', 0, 'dtype'),
      `, 'inputs.0.dtype': value does not fit: expected ("int8" | "float32"), received "uint8"`,
    ],
    [
      'has a scale of 0',
      changed(0, 'outputs', 0, 'scale'),
      ", 'outputs.0.scale': value does not fit: expected >0, received 0",
    ],
    [
      'has a zero point that int8 cannot hold',
      changed(128, 'inputs', 0, 'zeroPoint'),
      ", 'inputs.0.zeroPoint': value does not fit: expected <=127, received 128",
    ],
    [
      'has a hash that is none',
      changed('abc', 'weightsSha256'),
      ", 'weightsSha256': a SHA-256 is 64 hexadecimal digits",
    ],
    [
      'is of another ABI version',
      changed(9, 'abiVersion'),
      ", 'abiVersion': value does not fit: expected 1, received 9",
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
