import { describe, expect, it } from 'vitest';
import { type CompiledModel, type CompileOptions, compile } from '../../src/compile/compile.ts';
import { leastWindowBytes } from '../../src/compile/stream.ts';
import type { Graph } from '../../src/graph/types.ts';
import { createRandom } from '../../src/random.ts';
import { loadModel, readDescription } from '../../src/runtime/model.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { readSections } from '../../src/runtime/sections.ts';
import { hasNative, newestNode, runInNode, runNatively } from '../support/engines.ts';
import { globalValue } from '../support/modules.ts';
import { createNetwork, quantized, randomInputs } from '../support/networks.ts';
import { statefulClassifier } from '../support/stateful.ts';
import { titleWithTool } from '../support/tools.ts';

/** Weights from 40 B to 17,280 B a layer: read once for each tile, for each channel, and once. */
function classifier(): Graph {
  const net = createNetwork(3, [1, 12, 12, 6], 'classifier');
  net.conv2d('conv', 'x', { channels: 14, padding: [1, 1, 1, 1] });
  net.conv2d('depthwise', 'conv', { channels: 14, groups: 14 });
  net.maxPool2d('pool', 'depthwise');
  net.flatten('flat', 'pool');
  net.dense('hidden', 'flat', 48);
  net.dense('logits', 'hidden', 5);
  return quantized(net.graph(['logits']));
}

const graph = classifier();
const compiled = new Map<string, CompiledModel>();
/** Compiles a graph, each way once. */
function compileOnce(options: CompileOptions, of = graph): CompiledModel {
  const key = JSON.stringify([of.name, options]);
  const model = compiled.get(key) ?? compile(of, options);
  compiled.set(key, model);
  return model;
}

/** Instantiates a streamed module with a host that counts. */
function withCountingHost({ wasm, weights, description }: CompiledModel) {
  const calls: { readonly offset: number; readonly bytes: number }[] = [];
  let written = new Set<number>();
  const read_weights = (dst: number, offset: number, len: number) => {
    calls.push({ offset, bytes: len });
    for (let i = 0; i < len; i++) written.add(dst + i);
    new Uint8Array(memory().buffer).set(weights.subarray(offset, offset + len), dst);
  };
  const module = new WebAssembly.Module(new Uint8Array(wasm));
  const { exports } = new WebAssembly.Instance(module, { wick: { read_weights } });
  const memory = () => exports.memory as WebAssembly.Memory;
  const { infer, input } = exports as unknown as { infer(): number; input(i: number): number };
  return (value: Int8Array) => {
    calls.length = 0;
    written = new Set();
    new Int8Array(memory().buffer).set(value, input(0));
    expect(infer()).toBe(0);
    const ends = calls.map(({ offset, bytes }) => offset + bytes);
    expect(Math.max(0, ...ends)).toBeLessThanOrEqual(weights.length);
    expect(written.size).toBeLessThanOrEqual(description.stream?.windowBytes ?? 0);
    return {
      callsPerInference: calls.length,
      bytesPerInference: calls.reduce((sum, { bytes }) => sum + bytes, 0),
    };
  };
}

describe.each(['size', 'speed'] as const)('weights by stream, for %s', (optimize) => {
  const embedded = compileOnce({ optimize });
  const windows = [leastWindowBytes, 1000, 4096, 65536];
  const streamed = (windowBytes: number) =>
    compileOnce({ optimize, weights: 'stream', windowBytes });

  it.each(windows)('give the same bytes through a window of %i', async (windowBytes) => {
    const model = streamed(windowBytes);
    const loaded = await loadModel(model.wasm, 'model.wasm', model.weights);
    const reference = createReference(graph);
    const random = createRandom(4);
    for (let run = 0; run < 5; run++) {
      const inputs = randomInputs(graph, random);
      expect(loaded.infer(inputs)).toEqual([reference(inputs).get('logits')]);
    }
  });

  it.each(windows)(
    'take the calls and bytes that are stated, with a window of %i',
    (windowBytes) => {
      const model = streamed(windowBytes);
      const infer = withCountingHost(model);
      const random = createRandom(5);
      for (let run = 0; run < 3; run++) {
        const [input] = randomInputs(graph, random) as [Int8Array];
        expect(model.description.stream).toMatchObject(infer(input));
      }
    },
  );

  it('leave the module without data, with a window behind the arena', async () => {
    for (const windowBytes of windows) {
      const { wasm, weights, description } = streamed(windowBytes);
      expect(readSections(wasm, '').filter(({ id }) => id === 11)).toEqual([]);
      expect(description.wasmBytes).toBe(wasm.length);
      const module = new WebAssembly.Module(new Uint8Array(wasm));
      expect(WebAssembly.Module.imports(module)).toEqual([
        { module: 'wick', name: 'read_weights', kind: 'function' },
      ]);
      const used = description.stream?.windowBytes ?? 0;
      expect(used).toBeLessThanOrEqual(windowBytes);
      const loaded = await loadModel(wasm, '', weights);
      const arena = 16 * Math.ceil(description.arenaBytes / 16);
      expect(globalValue(loaded, '__heap_base')).toBe(arena + used);
    }
  });

  it('are read once, by a call a layer, where the largest layer has room', () => {
    const { description, weights } = streamed(65536);
    const sizes = description.layers.map(({ weightsBytes }) => weightsBytes);
    const largest = 16 * Math.ceil(Math.max(...sizes) / 16);
    expect(description.stream).toEqual({
      windowBytes: largest,
      wholeLayersBytes: largest,
      callsPerInference: sizes.filter((bytes) => bytes > 0).length,
      bytesPerInference: sizes.reduce((sum, bytes) => sum + bytes, 0),
    });
    expect(weights).toEqual(embedded.weights);
  });

  it('pass through half of the window at a time where a dense layer has no room', () => {
    const { description } = streamed(4096);
    const sizes = description.layers.map(({ weightsBytes }) => weightsBytes);
    const [large, ...more] = sizes.filter((bytes) => bytes > 4096);
    expect(more).toEqual([]);
    const whole = sizes.filter((bytes) => bytes > 0 && bytes <= 4096).length;
    expect(description.stream).toMatchObject({
      windowBytes: 4096,
      callsPerInference: whole + Math.ceil((large ?? 0) / 2048),
      bytesPerInference: sizes.reduce((sum, bytes) => sum + bytes, 0),
    });
  });

  it('are refused where they are not those of the module', async () => {
    const { wasm, weights } = streamed(4096);
    const load = (bytes?: Uint8Array) => loadModel(wasm, 'streamed.wasm', bytes);
    await expect(load()).rejects.toThrow(
      "streamed.wasm: module has its weights elsewhere (stream): expected weights.bin with it, received the module alone; 'wick compile' writes both into one folder: keep them together",
    );
    await expect(load(weights.subarray(1))).rejects.toThrow(
      `streamed.wasm: weights.bin is not that of the module: expected ${weights.length} bytes, received ${weights.length - 1}`,
    );
    const other = weights.map((byte, index) => (index === 7 ? byte ^ 1 : byte));
    await expect(load(other)).rejects.toThrow(/weights.bin is not that of the module: .*SHA-256/);
  });
});

describe('weights by stream of a model that remembers', () => {
  const stateful = statefulClassifier(3);

  it('give the same bytes, from the first inference on and after a reset', async () => {
    const model = compileOnce({ weights: 'stream', windowBytes: leastWindowBytes }, stateful);
    const loaded = await loadModel(model.wasm, '', model.weights);
    const reference = createReference(stateful);
    const random = createRandom(6);
    for (let run = 0; run < 8; run++) {
      if (run === 5) {
        loaded.reset();
        reference.reset();
      }
      const inputs = randomInputs(stateful, random);
      expect(loaded.infer(inputs), `run ${run}`).toEqual([reference(inputs).get('logits')]);
    }
  });
});

describe.each(['size', 'speed'] as const)('weights by xip, for %s', (optimize) => {
  const model = compileOnce({ optimize, weights: 'xip' });
  const { wasm, weights, description } = model;
  const random = createRandom(8);
  const inputs = Array.from({ length: 6 }, () => randomInputs(graph, random)[0] as Int8Array);
  const expected = () => {
    const reference = createReference(graph);
    return Int8Array.from(inputs.flatMap((x) => [...(reference([x]).get('logits') ?? [])]));
  };
  const engineHas = WebAssembly.validate(new Uint8Array(wasm));

  it('leave the module without data, and one memory to import', async () => {
    expect(readSections(wasm, '').filter(({ id }) => id === 11)).toEqual([]);
    const imports = readSections(wasm, '').find(({ id }) => id === 2)?.content ?? [];
    const text = (value: string) => [value.length, ...Buffer.from(value)];
    // One import, a memory of at least one page and no maximum.
    expect([...imports]).toEqual([1, ...text('wick'), ...text('weights'), 2, 0, 1]);
    expect(weights).toEqual(compileOnce({ optimize }).weights);
    expect(description.wasmBytes).toBe(wasm.length);
  });

  it(engineHas ? 'give the same bytes in this engine' : 'are refused by this engine', async () => {
    const loading = loadModel(wasm, 'model.wasm', weights);
    if (!engineHas) {
      await expect(loading).rejects.toThrow(
        'model.wasm: this engine has no multi-memory, which weights by xip need; run it on Node 22 or later, or compile the model with --weights embedded',
      );
      return;
    }
    const loaded = await loading;
    const outputs = inputs.flatMap((input) => [...(loaded.infer([input])[0] ?? [])]);
    expect(Int8Array.from(outputs)).toEqual(expected());
  });

  const node = newestNode();
  const title = titleWithTool('the same in Node 24', node !== undefined, 'npm run setup:peers');
  it.skipIf(node === undefined)(title, () => {
    expect(runInNode(node as string, model, inputs)).toEqual(expected());
  });

  const install = 'apt-get install gcc wabt (Debian)';
  it.skipIf(!hasNative)(titleWithTool('the same as native code', hasNative, install), () => {
    expect(runNatively(model, inputs)).toEqual(expected());
  });
});

describe('each binding', () => {
  const models = (['embedded', 'stream', 'xip'] as const).map(
    (weights) => [weights, compileOnce({ weights })] as const,
  );

  it.each(models)('%s is recorded in module and model.json', (weights, model) => {
    const section = readDescription(model.wasm, 'model.wasm');
    expect(section.weights).toBe(weights);
    // JSON has no negative zero.
    expect(JSON.parse(JSON.stringify(model.description))).toMatchObject(section);
    expect(section.weightsFile?.bytes).toBe(
      weights === 'embedded' ? undefined : model.weights.length,
    );
  });

  it('leaves the host module, and the identity of the weights, as they are', () => {
    const [first] = models;
    for (const [, { simdWasm, description }] of models) {
      expect(simdWasm).toEqual(first?.[1].simdWasm);
      expect(description.weightsSha256).toBe(first?.[1].description.weightsSha256);
    }
  });
});

describe('compile refuses', () => {
  it('a window that is too small', () => {
    for (const windowBytes of [leastWindowBytes - 1, 0, Number.NaN]) {
      expect(() => compile(graph, { weights: 'stream', windowBytes })).toThrow(
        `window: window is too small: expected at least 256 bytes, received ${windowBytes}`,
      );
    }
  });

  it('a window without a stream', () => {
    expect(() => compile(graph, { weights: 'xip', windowBytes: 4096 })).toThrow(
      "window: there is no window: expected weights by 'stream', received weights by 'xip'",
    );
  });
});
