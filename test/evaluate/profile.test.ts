import { beforeAll, describe, expect, it } from 'vitest';
import { type CompiledModel, compile } from '../../src/compile/compile.ts';
import { profile } from '../../src/evaluate/profile.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { requireDebug } from '../../src/runtime/tap.ts';
import { smallClassifier } from '../support/networks.ts';

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
