import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exportTflite } from '../../src/export/tflite/export.ts';
import { loadGraph } from '../../src/graph/files.ts';
import { openGraph } from '../../src/import/open-graph.ts';
import { runWick } from '../support/cli.ts';
import { readFolder } from '../support/folder.ts';
import { createWorkspace } from '../support/workspace.ts';

const { build, out, path, expectRefusal } = await createWorkspace();

const namesIn = async (folder: string) => [...(await readFolder(folder)).keys()].sort();

async function exported(...args: readonly string[]): Promise<Record<string, unknown>> {
  const outcome = await runWick('export', ...args, '--json');
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  return JSON.parse(outcome.stdout);
}

describe('wick export', () => {
  it('writes the int8 graph of a build folder as the .tflite that quantize wrote', async () => {
    const file = path('net.tflite');
    const bytes = await readFile(join(build, 'model.int8.tflite'));
    expect(await exported(build, '--format', 'tflite', '-o', file)).toEqual({
      name: 'bands',
      format: 'tflite',
      files: [{ path: file, bytes: bytes.length }],
    });
    expect((await readFile(file)).equals(bytes)).toBe(true);
    const graph = await loadGraph(join(build, 'model.int8.wick.json'));
    expect(bytes.equals(exportTflite(graph))).toBe(true);
  });

  it('writes a float graph where a file says so, or a folder has no other', async () => {
    const graph = await loadGraph(join(build, 'model.wick.json'));
    const folder = path('float');
    await exported(join(build, 'model.wick.json'), '-f', 'tflite', '-o', folder);
    expect((await readFile(join(folder, 'model.tflite'))).equals(exportTflite(graph))).toBe(true);

    const copy = path('copy');
    await cp(build, copy, { recursive: true });
    await rm(join(copy, 'model.int8.wick.json'));
    await exported(copy, '-f', 'tflite');
    expect(await namesIn(join(copy, 'export'))).toEqual(['model.tflite']);
  });

  it('writes blob and header as compile makes them', async () => {
    const [folder, compiled] = [path('c'), path('compiled')];
    await exported(
      build,
      '-f',
      'c',
      '--optimize',
      'speed',
      '--input-type',
      'float32',
      '-o',
      folder,
    );
    await runWick(
      'compile',
      build,
      '--optimize',
      'speed',
      '--input-type',
      'float32',
      '-o',
      compiled,
    );
    expect(await namesIn(folder)).toEqual(['model.h', 'weights.bin']);
    const files = await readFolder(compiled);
    for (const [name, bytes] of await readFolder(folder)) {
      expect(files.get(name)?.equals(bytes), name).toBe(true);
    }
  });

  it('writes a .tflite file as a readable graph, which is written back as the same file', async () => {
    const [json, back] = [path('net.wick.json'), path('back.tflite')];
    const file = join(build, 'model.int8.tflite');
    await exported(file, '-f', 'json', '-o', json);
    expect(await loadGraph(json)).toEqual(await openGraph(file));
    await exported(json, '-f', 'tflite', '-o', back);
    const again = await openGraph(back);
    expect({ ...again, name: '' }).toEqual({ ...(await openGraph(file)), name: '' });
  });

  it('says what it wrote, and leaves the build folder as it was but for its own folder', async () => {
    const copy = path('copy');
    await cp(build, copy, { recursive: true });
    const before = await readFolder(copy);
    const { code, stdout } = await runWick('export', copy, '--format', 'c');
    expect(code).toBe(0);
    expect(stdout).toContain(`${join(copy, 'export', 'weights.bin')}: `);
    expect(stdout).toContain(`${join(copy, 'export', 'model.h')}: `);
    for (const [name, bytes] of before) {
      expect((await readFile(join(copy, name))).equals(bytes), name).toBe(true);
    }
  });

  it('says in its help which options are for which format', async () => {
    const { stdout } = await runWick('export', '--help');
    const group = (title: string) => stdout.split(`${title}:\n`)[1]?.split('\n\n')[0] ?? '';
    const flagsIn = (text: string) =>
      [...text.matchAll(/^ +(?:-\w, )?(--[\w-]+)/gm)].map(([, flag]) => flag);
    expect(flagsIn(group('Options'))).toEqual(['--format', '--out', '--json', '--help']);
    expect(flagsIn(group('Options of --format c and c-project'))).toEqual([
      ...['--optimize', '--input-type', '--output-type', '--config'],
    ]);
    expect(flagsIn(group('Options of --format c-project'))).toEqual(['--checks']);
    expect(group('Options').replaceAll(/\s+/g, ' ')).toContain(
      'tflite: one file, int8 or float; json: .wick.json and its weights; c: weights.bin and model.h',
    );
  });

  it('has no use for a configuration where the graph is written as it is', async () => {
    const broken = path('wick.config.mjs');
    await writeFile(broken, 'export default { name: 1 };');
    await expectRefusal(
      ['export', build, '-f', 'json', '-c', broken, '-o', out],
      '--config: the option is for the formats c and c-project alone: expected --format c or c-project, received --format json; leave it out; the graph is written as it is',
    );
  });

  it('refuses what has no such form', async () => {
    await expectRefusal(
      ['export', build],
      "required option '-f, --format <format>' not specified; add --help to see what there is",
    );
    await expectRefusal(
      ['export', build, '-f', 'onnx', '-o', out],
      "option '-f, --format <format>' argument 'onnx' is invalid. Allowed choices are tflite, c, c-project, json; add --help to see what there is",
    );
    await expectRefusal(
      ['export', build, '-f', 'c', '-o', `${out}/model.h`],
      `${out}/model.h: the format is more than one file: expected a folder, received the name of a file`,
    );
    await expectRefusal(
      ['export', build, '-f', 'tflite', '--input-type', 'float32', '-o', out],
      '--input-type: the option is for the formats c and c-project alone: expected --format c or c-project, received --format tflite; leave it out; the graph is written as it is',
    );
    await expectRefusal(
      ['export', build, '-f', 'c', '--checks', 'block', '-o', out],
      '--checks: the option is for the format c-project alone: expected --format c-project, received --format c; leave it out; the format has no code',
    );
    const float = join(build, 'model.wick.json');
    const { stderr } = await runWick('export', float, '-f', 'c', '-o', out);
    expect(stderr).toContain(
      'graph is not quantized: expected int8 tensors, received float32 tensor',
    );
    const header = join(build, 'model.h');
    await expectRefusal(
      ['export', header, '-f', 'tflite', '-o', out],
      `${header}: not a model: expected a build folder or a .wick.json or .tflite file, received another file`,
    );
  });
});
