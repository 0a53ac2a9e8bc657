import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ops } from '../../src/ops/registry.generated.ts';
import { runWick } from '../support/cli.ts';
import { readFolder } from '../support/folder.ts';
import { tinyConfig } from '../support/tiny-project.ts';
import { createWorkspace } from '../support/workspace.ts';

const { data, build, raw, out, path, writeConfig, expectRefusal } = await createWorkspace();

describe('wick refuses a model', () => {
  /** Verbs that take a build folder, with what else they need. */
  const verbs = [
    ['quantize', '-d', data, '-o', out],
    ['compile', '-o', out],
    ['report', '-d', data, '-o', out],
    ['run', raw],
  ] as const;

  /** A copy of the build in which one file was changed. */
  async function changed(file: string, change: (bytes: Buffer) => Uint8Array | string) {
    const copy = path('build');
    await cp(build, copy, { recursive: true });
    await writeFile(join(copy, file), change(await readFile(join(copy, file))));
    return { copy, file: join(copy, file) };
  }
  const cut = (bytes: Buffer) => bytes.subarray(0, bytes.length - 5);
  const replace = (from: string, to: string) => (bytes: Buffer) => {
    const text = bytes.toString('latin1');
    expect(text).toContain(from);
    return Buffer.from(text.replace(from, to), 'latin1');
  };

  it('that is not there', async () => {
    const missing = path('model');
    await expectRefusal(
      ['eval', missing, '-d', data],
      `${missing}: no model there: expected a build folder, or a .wick.json, .tflite or .wasm file; make one with 'wick train' and 'wick compile', or 'wick demo'`,
    );
    for (const [verb, ...rest] of verbs) {
      const line = `${missing}: no such file or directory; check the path`;
      await expectRefusal([verb, missing, ...rest], line);
    }
  });

  it('that is another file', async () => {
    const file = join(build, 'model.h');
    const expected = {
      quantize: 'not a model: expected a build folder or a .wick.json or .tflite file',
      compile: 'not a model: expected a build folder or a .wick.json or .tflite file',
      report: 'not a build folder: expected a build folder',
      run: 'not a model: expected a build folder or a .wasm file',
    };
    for (const [verb, ...rest] of verbs) {
      const line = `${file}: ${expected[verb]}, received another file`;
      await expectRefusal([verb, file, ...rest], line);
    }
  });

  it('that the folder does not hold yet', async () => {
    const empty = path('empty');
    await mkdir(empty);
    const missing = {
      quantize: "model.wick.json is missing; 'wick train' writes it",
      compile: "model.int8.wick.json is missing; 'wick quantize' writes it",
      report: "model.simd.wasm is missing; 'wick compile' writes it",
      run: "model.simd.wasm is missing; 'wick compile' writes it",
    };
    for (const [verb, ...rest] of verbs) {
      await expectRefusal([verb, empty, ...rest], `${empty}: ${missing[verb]}`);
    }
  });

  it('that is quantized already where a float one is needed', async () => {
    const graph = `${build}/model.int8.wick.json`;
    await expectRefusal(
      ['quantize', graph, '-d', data, '-o', out],
      `${graph}: graph is quantized already: expected a float graph, received an int8 one; compile it with 'wick compile ${graph}'`,
    );
  });

  it('whose weights are truncated', async () => {
    const { copy, file } = await changed('model.safetensors', cut);
    const line = `${file}: corrupted or unsupported safetensors: truncated data: expected 604 bytes, received 599`;
    await expectRefusal(['eval', copy, '-d', data], line);
    await expectRefusal(['quantize', copy, '-d', data, '-o', out], line);
  });

  it('whose weights belong to another graph', async () => {
    const { copy } = await changed('model.safetensors', replace('conv2d_1/bias', 'conv2d_9/bias'));
    await expectRefusal(
      ['eval', copy, '-d', data],
      `${join(copy, 'model.wick.json')}: the weights do not fit constant conv2d_1/bias: expected float32 4, received nothing`,
    );
  });

  it('whose graph is cut off', async () => {
    const { copy, file } = await changed('model.int8.wick.json', cut);
    const { code, stdout, stderr } = await runWick('compile', copy, '-o', out);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.startsWith(`error: ${file}: file is corrupted: expected JSON, received `)).toBe(
      true,
    );
    expect(stderr.match(/\n/g)).toHaveLength(1);
    expect([...(await readFolder(out)).keys()]).toEqual([]);
  });

  it('whose graph is something else', async () => {
    // The parser's message quotes the text, line breaks included; it is told in one line all the same.
    const { copy, file } = await changed('model.int8.wick.json', () => 'a\nb\nc');
    const { stderr } = await runWick('compile', copy, '-o', out);
    expect(stderr.startsWith(`error: ${file}: file is corrupted: expected JSON, received `)).toBe(
      true,
    );
    expect(stderr.match(/\n/g)).toHaveLength(1);
  });

  it('whose graph has an unknown op', async () => {
    const { copy } = await changed(
      'model.int8.wick.json',
      replace('"op":"conv2d"', '"op":"conv9d"'),
    );
    await expectRefusal(
      ['compile', copy, '-o', out],
      `node 'conv2d_1' (conv9d): unknown op: expected one of ${[...ops.keys()].join(', ')}, received 'conv9d'`,
    );
  });

  it('that is float where int8 is needed', async () => {
    await expectRefusal(
      ['compile', join(build, 'model.wick.json'), '-o', out],
      "bands: graph is not quantized: expected int8 tensors, received float32 tensor 'input'; run 'wick quantize' first",
    );
  });

  it.each(['run', 'eval'])('whose module is bad, for %s', async (verb) => {
    const rest = verb === 'run' ? [raw] : ['-d', data];
    const expectBad = async (change: (bytes: Buffer) => Uint8Array, line: string) => {
      const { copy, file } = await changed('model.simd.wasm', change);
      await expectRefusal([verb, copy, ...rest], `${file}: ${line}`);
    };
    await expectBad(
      (bytes) => bytes.subarray(0, 100),
      'not a valid WebAssembly module: expected a .wasm file of version 1, received 100 bytes, cut off in section 7',
    );
    await expectBad(
      replace('\x04wick{', '\x04wock{'),
      "not a wick model: expected a module with a custom section 'wick', received none; use a model.wasm that 'wick compile' wrote",
    );
    await expectBad(
      replace('"abiVersion":1', '"abiVersion":9'),
      'model was compiled for another ABI version: expected 1, received 9; compile it again with this version of wick',
    );
  });

  it('whose records are damaged', async () => {
    const description: object = JSON.parse(await readFile(join(build, 'model.json'), 'utf8'));
    const report = async (file: string, contents: string, line: string) => {
      const { copy, file: damaged } = await changed(file, () => contents);
      await expectRefusal(['report', copy, '-d', data], `${damaged}${line}`);
      expect((await readFolder(copy)).has('report.html')).toBe(false);
    };
    await report(
      'model.json',
      JSON.stringify({ ...description, labels: undefined }),
      ", 'labels': key is missing",
    );
    await report('training.json', '{}', ", 'stepLosses': key is missing");
    await report(
      'model.json',
      '',
      ': file is corrupted: expected JSON, received Unexpected end of JSON input',
    );
  });
});

describe('wick refuses an output folder', () => {
  const verbs = async (target: string): Promise<(readonly string[])[]> => [
    ['train', '-c', await writeConfig(tinyConfig), '-d', data, '-o', target],
    ['quantize', build, '-d', data, '-o', target],
    ['compile', build, '-o', target],
  ];

  it('that is a file', async () => {
    const file = path('file');
    await writeFile(file, 'kept');
    for (const args of await verbs(file)) {
      await expectRefusal(
        args,
        `${file}: cannot write: EEXIST; a file has the name of the directory`,
      );
    }
    for (const args of await verbs(join(file, 'inside'))) {
      await expectRefusal(
        args,
        `${join(file, 'inside')}: cannot write: ENOTDIR; a part of the path is a file where a directory is needed`,
      );
    }
    expect(await readFile(file, 'utf8')).toBe('kept');
  });

  it('that may not be written to', async () => {
    // Permissions do not bind root, but the kernel's own file system takes no folders from anyone.
    const locked = process.getuid?.() === 0 ? '/sys/wick' : path('locked');
    if (locked !== '/sys/wick') await mkdir(locked, { mode: 0o500 });
    for (const args of await verbs(locked)) {
      const { code, stderr } = await runWick(...args);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^error: .+: cannot write: (EACCES|EPERM|EROFS); (check its permissions|the file system is read-only)\n$/,
      );
    }
    expect(existsSync(join(locked, 'model.wasm'))).toBe(false);
  });

  it('in which a folder has the name of an artifact keeps what it holds', async () => {
    const target = path('build');
    const blocked = join(target, 'model.json');
    await mkdir(blocked, { recursive: true });
    await writeFile(join(target, 'model.wasm'), 'old');
    await expectRefusal(
      ['compile', join(build, 'model.int8.wick.json'), '-o', target],
      `${blocked}: cannot write: EISDIR; a file is needed there, not a directory`,
    );
    expect((await readdir(target)).sort()).toEqual(['model.json', 'model.wasm']);
    expect(await readFile(join(target, 'model.wasm'), 'utf8')).toBe('old');
  });
});
