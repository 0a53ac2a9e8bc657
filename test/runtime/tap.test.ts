import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { Graph } from '../../src/graph/types.ts';
import { createRandom } from '../../src/random.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { requireDebug, stepThrough, tap, writeTap } from '../../src/runtime/tap.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { createNetwork, quantized, randomInputs, smallClassifier } from '../support/networks.ts';
import { statefulClassifier } from '../support/stateful.ts';

const folder = await temporaryFolder();

/** Tensors that share memory: in place, by a reshape, and once they are no longer needed. */
function reusing(): Graph {
  const net = createNetwork(5, [1, 9, 9, 2], 'reusing');
  net.conv2d('first', 'x', { channels: 5, padding: [1, 1, 1, 1] });
  net.maxPool2d('pool/1', 'first');
  net.conv2d('second', 'pool/1', { channels: 5, groups: 5 });
  net.relu('relu', 'second');
  net.relu('again', 'relu');
  net.flatten('flat', 'again');
  net.dense('logits', 'flat', 4);
  return quantized(net.graph(['logits'], ['a', 'b', 'c', 'd']));
}

const graphs = [
  ['a classifier', smallClassifier(2)],
  ['a model that reuses memory', reusing()],
  ['a model that remembers', statefulClassifier(3)],
] as const;
const variants = [
  ['scalar', 'wasm'],
  ['simd', 'simdWasm'],
] as const;
const bytesOf = (values: Int8Array) => new Uint8Array(values.slice().buffer);

async function debugModel(graph: Graph, file: 'wasm' | 'simdWasm') {
  return requireDebug(await loadModel(compile(graph, { debug: true })[file]), file);
}

describe.each(graphs)('the tapped tensors of %s', (_, graph) => {
  const reference = createReference(graph);
  const inputs = randomInputs(graph, createRandom(9));
  const values = reference(inputs);

  it.each(variants)('are those of the reference, from %s kernels', async (variant, file) => {
    const model = await debugModel(graph, file);
    expect(model.debug.variant).toBe(variant);
    // A tap begins anew, whatever the model remembers.
    model.infer(randomInputs(graph, createRandom(10)));
    const tapped = tap(model, inputs.map(bytesOf));
    const names = [...graph.inputs, ...graph.nodes.flatMap(({ outputs }) => outputs)];
    expect(tapped.map(({ tensor }) => tensor.name)).toEqual(names);
    for (const { tensor, bytes } of tapped) {
      const expected = values.get(tensor.name) as Int8Array;
      expect(bytes, tensor.name).toEqual(bytesOf(expected));
      const { shape, quantization } = graph.tensors.get(tensor.name) ?? {};
      expect(tensor).toMatchObject({ shape, dtype: 'int8', scale: quantization?.scale[0] });
    }
  });
});

describe('writeTap', () => {
  it('writes a numbered file for each tensor, and an index in their order', async () => {
    const graph = reusing();
    const model = await debugModel(graph, 'simdWasm');
    const inputs = randomInputs(graph, createRandom(3)).map(bytesOf);
    const tapped = tap(model, inputs);
    const directory = join(folder, 'tap');
    await writeTap(directory, model, tapped);

    const files = await readFolder(directory);
    const index = JSON.parse(files.get('index.json')?.toString() ?? '');
    expect(index).toMatchObject({ model: 'reusing', variant: 'simd' });
    expect(index.weightsSha256).toBe(model.description.weightsSha256);
    expect(index.tensors.map(({ file }: { file: string }) => file)).toEqual([
      '0-x.bin',
      '1-first.bin',
      '2-pool_1.bin',
      '3-relu.bin',
      '4-again.bin',
      '5-flat.bin',
      '6-logits.bin',
    ]);
    expect(index.tensors[0]).toMatchObject({ name: 'x', layer: null, op: null });
    expect(index.tensors[2]).toEqual({
      file: '2-pool_1.bin',
      name: 'pool/1',
      shape: [1, 4, 4, 5],
      dtype: 'int8',
      scale: expect.any(Number),
      zeroPoint: expect.any(Number),
      bytes: 80,
      layer: 'pool/1',
      op: 'max_pool2d',
    });
    expect(files.size).toBe(tapped.length + 1);
    tapped.forEach(({ bytes }, i) => {
      expect(files.get(index.tensors[i].file), index.tensors[i].file).toEqual(Buffer.from(bytes));
    });
  });

  it('leaves what is there where it cannot write', async () => {
    const directory = join(folder, 'file');
    await writeFile(directory, 'mine');
    const graph = smallClassifier(1);
    const model = await debugModel(graph, 'wasm');
    const inputs = randomInputs(graph, createRandom(1)).map(bytesOf);
    await expect(writeTap(directory, model, tap(model, inputs))).rejects.toThrow('cannot write');
    expect(await readFile(directory, 'utf8')).toBe('mine');
  });
});

describe('a model that is run layer by layer', () => {
  it('has to be of a debug build', async () => {
    const { wasm } = compile(smallClassifier(1));
    const model = await loadModel(wasm, 'model.wasm');
    expect(() => requireDebug(model, 'model.wasm')).toThrow(
      "model.wasm: module has no run_layer, so that its layers cannot be told apart; compile it with 'wick compile --debug', or name a build folder that holds the int8 graph",
    );
  });

  it('has to say of its tensors what a tap needs', async () => {
    const { wasm } = compile(smallClassifier(1), { debug: true });
    const damaged = Buffer.from(wasm);
    damaged.write('"addresz":', damaged.indexOf('"address":'));
    await expect(loadModel(damaged, 'damaged.wasm')).rejects.toThrow(
      "damaged.wasm, section 'wick.debug', 'tensors.0.address': key is missing",
    );
  });

  it('refuses inputs that do not fit', async () => {
    const model = await debugModel(smallClassifier(1), 'wasm');
    const run = (inputs: readonly Uint8Array[]) => () => stepThrough(model, inputs, () => {});
    expect(run([])).toThrow('small: inputs do not fit the model: expected 64 bytes, received none');
    expect(run([new Uint8Array(63)])).toThrow('expected 64 bytes, received 63');
  });

  it('runs with streamed weights too', async () => {
    const graph = smallClassifier(1);
    const { wasm, weights } = compile(graph, { debug: true, weights: 'stream', windowBytes: 256 });
    const model = requireDebug(await loadModel(wasm, '', weights), '');
    const inputs = randomInputs(graph, createRandom(2));
    const values = createReference(graph)(inputs);
    const logits = tap(model, inputs.map(bytesOf)).at(-1);
    expect(logits?.bytes).toEqual(bytesOf(values.get('logits') as Int8Array));
  });
});
