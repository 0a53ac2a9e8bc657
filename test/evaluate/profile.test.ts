import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact } from '../../src/build-folder.ts';
import { type CompiledModel, compile } from '../../src/compile/compile.ts';
import { findDebug, openDebug } from '../../src/evaluate/debug.ts';
import { profile } from '../../src/evaluate/profile.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { requireDebug } from '../../src/runtime/tap.ts';
import { compileStep } from '../../src/steps.ts';
import { temporaryFolder } from '../support/folder.ts';
import { smallClassifier } from '../support/networks.ts';
import { buildTiny } from '../support/tiny-project.ts';

const folder = await temporaryFolder();
const build = join(folder, 'build');
const noLayers = 'module has no run_layer, so that its layers cannot be told apart';

let tiny: Awaited<ReturnType<typeof buildTiny>>;
beforeAll(async () => {
  tiny = await buildTiny(build);
});

describe('profile', () => {
  const graph = smallClassifier(1);
  let model: CompiledModel;
  beforeAll(() => {
    model = compile(graph, { debug: true });
  });

  it.each(['wasm', 'simdWasm'] as const)('tells where the time of %s goes', async (file) => {
    const debug = requireDebug(await loadModel(model[file]), file);
    const progress: number[] = [];
    const result = profile(debug, { runs: 5, onProgress: (done) => progress.push(done) });
    expect(result).toMatchObject({
      name: 'small',
      variant: file === 'wasm' ? 'scalar' : 'simd',
      runs: 5,
      macs: model.description.macs,
    });
    expect(result.layers.map(({ name, op, macs }) => [name, op, macs])).toEqual([
      ['conv', 'conv2d', 6 * 6 * 6 * 9],
      ['pool', 'max_pool2d', 0],
      ['flat', 'reshape', 0],
      ['logits', 'dense', 54 * 5],
    ]);
    const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
    expect(sum(result.layers.map(({ share }) => share))).toBeCloseTo(1, 12);
    expect(sum(result.layers.map(({ microseconds }) => microseconds))).toBeCloseTo(
      result.microseconds,
      9,
    );
    for (const layer of result.layers) {
      const { kernel, microseconds, macs, gmacPerSecond } = layer;
      expect(microseconds > 0, layer.name).toBe(kernel !== null);
      expect(gmacPerSecond).toBe(macs === 0 ? null : macs / microseconds / 1000);
    }
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  it('has the bytes of the kernels that it times', async () => {
    const debug = requireDebug(await loadModel(model.wasm), 'model.wasm');
    const { layers } = profile(debug, { runs: 1 });
    expect(layers).toMatchObject(model.description.layers);
  });
});

describe('openDebug', () => {
  it('compiles the graph of a build folder once more, for its v128 module', async () => {
    const { debug, description } = await openDebug(build);
    expect(debug.variant).toBe('simd');
    expect(description.weightsSha256).toBe(tiny.compiled.description.weightsSha256);
  });

  it('takes a debug build as it is', async () => {
    const out = join(folder, 'debug');
    await compileStep(tiny.int8, out, { debug: true });
    expect((await openDebug(out)).debug.variant).toBe('simd');
    expect((await openDebug(artifact(out, 'wasm'))).debug.variant).toBe('scalar');
  });

  it('says what to do where neither is there', async () => {
    const file = artifact(build, 'wasm');
    await expect(openDebug(file)).rejects.toThrow(`${file}: ${noLayers}`);
    const alone = join(folder, 'alone');
    await mkdir(alone);
    await copyFile(artifact(build, 'simdWasm'), artifact(alone, 'simdWasm'));
    await expect(openDebug(alone)).rejects.toThrow(`${artifact(alone, 'simdWasm')}: ${noLayers}`);
    expect(await findDebug(alone)).toBeUndefined();
  });

  it('does not mix a module with the graph of another model', async () => {
    const mixed = join(folder, 'mixed');
    await compileStep(smallClassifier(9), mixed, {});
    for (const name of ['model.int8.wick.json', 'model.int8.safetensors']) {
      await copyFile(join(build, name), join(mixed, name));
    }
    await expect(openDebug(mixed)).rejects.toThrow(noLayers);
  });
});
