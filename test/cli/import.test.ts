import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { importFolder } from '../../src/cli/graph-path.ts';
import { openModel } from '../../src/evaluate/open.ts';
import { loadGraph } from '../../src/graph/files.ts';
import { modelName, openGraph } from '../../src/import/open-graph.ts';
import { loadModelFile } from '../../src/runtime/load-file.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { runWick } from '../support/cli.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { type ModelFixture, type TensorFixture, tfliteFile } from '../support/tflite.ts';
import { convolutionModel, floatModel } from '../support/tflite-models.ts';

const folder = await temporaryFolder();
const int8 = join(folder, 'net.tflite');
const float = join(folder, 'float.tflite');

beforeAll(async () => {
  await writeFile(int8, tfliteFile(convolutionModel));
  await writeFile(float, tfliteFile(floatModel));
});

describe('wick import', () => {
  it('writes a readable graph, the same that a .tflite file stands for', async () => {
    const file = join(folder, 'written', 'net.wick.json');
    const outcome = await runWick('import', int8, '-o', file, '--json');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      name: 'net',
      graph: file,
      kind: 'int8',
      inputs: [{ name: 'x', shape: [1, 8, 8, 2], dtype: 'int8' }],
      outputs: [{ name: 'y', shape: [1, 3] }],
      nodes: 7,
      ops: { conv2d: 1, depthwise_conv2d: 1, add: 1, max_pool2d: 1, mean: 1, dense: 1, softmax: 1 },
      parameters: 4 * 18 + 4 + 4 * 9 + 4 + 12 + 3,
      macs: 64 * 72 + 64 * 36 + 12,
      labels: [],
    });
    expect(await loadGraph(file)).toEqual(await openGraph(int8));
  });

  it('writes into a build folder what the graph is there: float or int8', async () => {
    for (const [model, name] of [
      [int8, 'model.int8'],
      [float, 'model'],
    ] as const) {
      const out = join(folder, `build-${name}`);
      expect(await runWick('import', model, '-o', out)).toMatchObject({ code: 0, stderr: '' });
      expect([...(await readFolder(out)).keys()].sort()).toEqual([
        `${name}.safetensors`,
        `${name}.wick.json`,
      ]);
    }
  });

  it('writes beside other builds where nothing is said', () => {
    expect(importFolder('models/net.tflite')).toBe(join('build', 'net'));
    // Collections of models name the folder, not the file.
    expect(modelName('models/kws/model.tflite')).toBe('kws');
  });

  it('refuses what is no .tflite file, by name or by contents', async () => {
    const other = join(folder, 'net.onnx');
    const expectRefusal = async (path: string, line: string) =>
      expect(await runWick('import', path)).toEqual({
        code: 1,
        stdout: '',
        stderr: `error: ${path}: ${line}\n`,
      });
    await expectRefusal(
      other,
      'not a model to import: expected a .tflite file, received a file or folder of another name',
    );
    const empty = join(folder, 'empty.tflite');
    await writeFile(empty, '');
    await expectRefusal(
      empty,
      'not a file of this kind: expected the identifier "TFL3", received 0 bytes',
    );
  });
});

describe('a .tflite file', () => {
  it('compiles as its graph does', async () => {
    const [direct, imported] = [join(folder, 'direct'), join(folder, 'imported')];
    await mkdir(imported);
    await runWick('import', int8, '-o', imported);
    const outcome = await runWick('compile', int8, '-o', direct, '--json');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      name: 'net',
      arenaBytes: expect.any(Number),
    });
    await runWick('compile', imported);
    const files = await readFolder(imported);
    for (const [name, bytes] of await readFolder(direct)) {
      expect(files.get(name)?.equals(bytes), name).toBe(true);
    }
  });

  it('with QUANTIZE and DEQUANTIZE at its borders compiles to a module of float32 inputs and outputs', async () => {
    const { tensors, operators } = convolutionModel;
    const { x, y } = tensors as { x: TensorFixture; y: TensorFixture };
    const file = join(folder, 'border.tflite');
    const fixture: ModelFixture = {
      tensors: { ...tensors, in: { shape: x.shape }, out: { shape: y.shape } },
      operators: [
        { op: 'QUANTIZE', inputs: ['in'], outputs: ['x'], options: {} },
        ...operators,
        { op: 'DEQUANTIZE', inputs: ['y'], outputs: ['out'], options: {} },
      ],
      inputs: ['in'],
      outputs: ['out'],
    };
    await writeFile(file, tfliteFile(fixture));
    const out = join(folder, 'border');
    const outcome = await runWick('compile', file, '-o', out, '--json');
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      inputs: [{ name: 'in', dtype: 'float32' }],
      outputs: [{ name: 'out', dtype: 'float32' }],
    });
    const reference = createReference(await openGraph(file));
    for (const name of ['model.wasm', 'model.simd.wasm']) {
      const model = await loadModelFile(join(out, name));
      for (let run = 0; run < 4; run++) {
        const input = Float32Array.from({ length: 128 }, (_, i) => ((37 * i + run) % 101) - 50.3);
        const expected = reference([input]).get('out');
        expect(model.infer([input]), name).toEqual([expected]);
      }
    }
  });

  it('is a model to evaluate', async () => {
    const { name, macs, int8: classifier } = await openModel(int8);
    expect({ name, macs }).toEqual({ name: 'net', macs: 64 * 72 + 64 * 36 + 12 });
    expect(classifier).toMatchObject({ kind: 'int8', classes: 3 });
  });

  it('is to be compiled before it runs', async () => {
    const { code, stderr } = await runWick('run', int8, int8);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `error: ${int8}: not a compiled model: expected a build folder or a .wasm file, received a graph; compile it with 'wick compile'\n`,
    });
  });

  it('that is quantized already is not to be quantized, as a file or in a build folder', async () => {
    const out = join(folder, 'quantized');
    await runWick('import', int8, '-o', out);
    const graph = join(out, 'model.int8.wick.json');
    for (const [given, file] of [
      [int8, int8],
      [graph, graph],
      [out, graph],
    ] as const) {
      // Before the data, which there need not be: that there is none here goes unnoticed.
      expect(await runWick('quantize', given, '-d', join(folder, 'none'))).toEqual({
        code: 1,
        stdout: '',
        stderr: `error: ${file}: graph is quantized already: expected a float graph, received an int8 one; compile it with 'wick compile ${given}'\n`,
      });
    }
  });
});
