import { describe, expect, it } from 'vitest';
import { type CompiledModel, type CompileOptions, compile } from '../../src/compile/compile.ts';
import { concatenateWeights, link, placeCalls } from '../../src/compile/link.ts';
import { lowerLayers } from '../../src/compile/lower.ts';
import { align } from '../../src/compile/plan.ts';
import type { Graph } from '../../src/graph/types.ts';
import { prepareGraph } from '../../src/ops/support/prepare.ts';
import { createRandom } from '../../src/random.ts';
import { loadModel, readDescription } from '../../src/runtime/model.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { readSections } from '../../src/runtime/sections.ts';
import {
  functionCount,
  globalExports,
  globalValue,
  loopCount,
  moduleText,
} from '../support/modules.ts';
import { createNetwork, quantized, randomInputs, smallClassifier } from '../support/networks.ts';
import { createOpNetwork } from '../support/op-network.ts';
import { expectCompiledEqual } from '../support/single-layer.ts';

const labels = ['zero', 'one', 'two', 'three', 'four'];
const options: readonly CompileOptions[] = [
  { optimize: 'size' },
  { optimize: 'speed' },
  { optimize: 'size', debug: true },
  { optimize: 'speed', debug: true },
];
const modulesOf = ({ wasm, simdWasm }: CompiledModel) =>
  [
    ['model.wasm', wasm],
    ['model.simd.wasm', simdWasm],
  ] as const;
const heapBase = (bytes: Uint8Array) =>
  Number(/\d+/.exec(globalExports(bytes).get('__heap_base')?.init.replace('i32', '') ?? '')?.[0]);

/** Every way of a convolution: padding, stride, dilation, groups, depthwise; a relu that cannot be fused. */
function convolutions(seed: number): Graph {
  const net = createNetwork(seed, [1, 9, 7, 4], 'convolutions');
  net.conv2d('padded', 'x', { channels: 5, padding: [1, 1, 1, 1] });
  net.conv2d('pointwise', 'padded', { channels: 8, kernel: [1, 1] });
  net.relu('relu', 'pointwise');
  net.conv2d('depthwise', 'relu', { channels: 8, groups: 8, padding: [2, 0, 0, 2] });
  net.relu('rectified', 'depthwise');
  net.relu('again', 'rectified');
  net.conv2d('grouped', 'again', { channels: 6, groups: 2, kernel: [2, 3], dilation: [2, 1] });
  net.maxPool2d('pool', 'grouped', { stride: [1, 2], padding: [1, 0, 1, 1] });
  net.conv2d('strided', 'pool', { channels: 9, stride: [2, 1], padding: [0, 1, 1, 0] });
  net.flatten('flat', 'strided');
  net.dense('hidden', 'flat', 17);
  net.dense('logits', 'hidden', 3);
  return quantized(net.graph(['logits']));
}

/** One convolution read by two pools. */
function branches(seed: number, outputs = ['left', 'right']): Graph {
  const net = createNetwork(seed, [1, 6, 6, 2], 'branches');
  net.conv2d('conv', 'x', { channels: 17, kernel: [2, 2] });
  net.maxPool2d('left', 'conv');
  net.maxPool2d('right', 'conv', { stride: [1, 1] });
  return quantized(net.graph(outputs));
}

const networks = [
  ['a classifier', () => smallClassifier(1, labels)],
  ['convolutions of every kind', () => convolutions(2)],
  ['two branches', () => branches(3)],
] as const;

describe.each(options)('compile with %o', (option) => {
  const graph = smallClassifier(1, labels);
  const model = compile(graph, option);

  it.each(modulesOf(model))('makes %s, which wants no imports and exports the ABI', (_, bytes) => {
    const module = new WebAssembly.Module(new Uint8Array(bytes));
    expect(WebAssembly.Module.imports(module)).toEqual([]);
    const names = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`);
    const wanted = ['function infer', 'function input', 'function output', 'memory memory'];
    const globals = ['global __data_end', 'global __heap_base'];
    const debug = option.debug ? ['function run_layer'] : [];
    expect(names.sort()).toEqual([...wanted, ...globals, ...debug].sort());
  });

  it.each(modulesOf(model))('ends the memory of %s where its last constant ends', (name, bytes) => {
    const globals = globalExports(bytes);
    expect([...globals.keys()].sort()).toEqual(['__data_end', '__heap_base']);
    expect(globals.get('__data_end')).toEqual(globals.get('__heap_base'));
    const { type, mutable, init } = globals.get('__heap_base') ?? {};
    expect({ type, mutable }).toEqual({ type: 'i32', mutable: false });
    expect(init).toMatch(/^\(i32\.const \d+\)\s*$/);

    const calls = lowerLayers(
      prepareGraph(graph),
      name === 'model.wasm' ? 'scalar' : 'simd',
      option.optimize ?? 'size',
    );
    const used = align(model.description.arenaBytes) + concatenateWeights(calls).bytes.length;
    const hostScratch = Math.max(...calls.map((call) => call?.scratchBytes ?? 0));
    expect(heapBase(bytes)).toBe(name === 'model.wasm' ? used : used + align(hostScratch));
  });

  it('puts no float opcode in either module, and vectors in the host module only', () => {
    const code = (bytes: Uint8Array) => moduleText(bytes).replace(/^ \(data .*$/gm, '');
    expect(code(model.wasm)).not.toMatch(/\b(f32|f64|v128|i8x16|i16x8|i32x4|i64x2)/);
    expect(code(model.simdWasm)).not.toMatch(/\b(f32|f64)/);
    expect(code(model.simdWasm)).toMatch(/\bv128/);
  });

  it.each(modulesOf(model))(
    'says in the custom section of %s what model.json says',
    (name, bytes) => {
      const section = readDescription(bytes, name);
      expect(section.inputs.map(({ shape }) => shape)).toEqual([[1, 8, 8, 1]]);
      expect(section.outputs.map((port) => port.name)).toEqual(['logits']);
      expect(section.labels).toEqual(labels);
      expect(section.macs).toBe(6 * 6 * 6 * 9 + 54 * 5);
      expect(model.description).toMatchObject(section);
    },
  );

  it('gives the weights as they lie in model.wasm', async () => {
    const loaded = await loadModel(model.wasm);
    const end = globalValue(loaded, '__heap_base');
    const memory = new Uint8Array(loaded.exports.memory.buffer);
    expect(memory.slice(end - model.weights.length, end)).toEqual(model.weights);
    expect(model.description.weightsBytes).toBe(model.weights.length);
  });

  it('gives sizes without the data segments', () => {
    const dataBytes = (bytes: Uint8Array) =>
      readSections(bytes, '').find(({ id }) => id === 11)?.totalBytes ?? Number.NaN;
    const { wasmBytes, simdWasmBytes } = model.description;
    expect(wasmBytes).toBe(model.wasm.length - dataBytes(model.wasm));
    expect(simdWasmBytes).toBe(model.simdWasm.length - dataBytes(model.simdWasm));
  });

  it('gives the same bytes every time', () => {
    expect(compile(smallClassifier(1, labels), option)).toEqual(model);
  });
});

describe.each(networks)('%s, compiled', (_, create) => {
  const graph = create();
  const reference = createReference(graph);

  it.each(options)('answers as the reference does, byte for byte, with %o', async (option) => {
    const model = compile(graph, option);
    const random = createRandom(4);
    for (const [name, bytes] of modulesOf(model)) {
      const loaded = await loadModel(bytes, name);
      for (let run = 0; run < 20; run++) {
        const inputs = randomInputs(graph, random);
        const values = reference(inputs);
        const expected = graph.outputs.map((output) => values.get(output));
        expect(loaded.infer(inputs), name).toEqual(expected);
        expect(loaded.infer(inputs), `${name}, once more`).toEqual(expected);
      }
    }
  });

  it.each(options.filter(({ debug }) => debug))('shows each layer with %o', async (option) => {
    const model = compile(graph, option);
    const inputs = randomInputs(graph, createRandom(5));
    const values = reference(inputs);
    for (const [name, bytes] of modulesOf(model)) {
      const { exports } = await loadModel(bytes, name);
      const memory = new Int8Array(exports.memory.buffer);
      inputs.forEach((input, i) => {
        memory.set(input, exports.input(i));
      });
      graph.nodes.forEach((node, layer) => {
        expect(exports.run_layer?.(layer)).toBe(0);
        const [output] = node.outputs as [string];
        const expected = values.get(output) as Int8Array;
        const start = model.tensorOffsets.get(output) as number;
        const title = `${name}, ${node.name}`;
        expect(memory.slice(start, start + expected.length), title).toEqual(expected);
      });
      expect(exports.run_layer?.(-1)).toBe(-1);
      expect(exports.run_layer?.(graph.nodes.length)).toBe(-1);
    }
  });

  it('has the same weights by identity, whatever their layout', () => {
    const [size, speed] = [compile(graph), compile(graph, { optimize: 'speed' })];
    expect(size.description.optimize).toBe('size');
    expect(size.description.weightsSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(size.description.weightsSha256).toBe(speed.description.weightsSha256);
    expect(size.weights.length).toBeLessThan(speed.weights.length);
  });

  it('takes an arena no larger than what its hungriest layer needs', () => {
    const { arenaBytes, layers } = compile(graph).description;
    const needs = layers.map(({ liveBytes, scratchBytes }) => liveBytes + align(scratchBytes));
    expect(arenaBytes).toBeLessThanOrEqual(Math.max(...needs));
  });

  it.each(['scalar', 'simd'] as const)('reads nothing behind its constants (%s)', (variant) => {
    const layers = prepareGraph(graph);
    for (const optimize of ['size', 'speed'] as const) {
      lowerLayers(layers, variant, optimize).forEach((call, layer) => {
        if (call === null) return;
        const memoryBytes = 2 * 65536;
        const weights = memoryBytes - call.weights.length;
        const scratch = memoryBytes / 2;
        const places = { inputs: () => 0, outputs: () => scratch / 2, state: () => scratch };
        const bytes = link({
          variant,
          calls: placeCalls([call], { ...places, scratch: () => scratch, weights: () => weights }),
          inputs: [0],
          outputs: [scratch / 2],
          data: { address: weights, bytes: call.weights },
          memoryBytes,
          description: '',
          debug: false,
        });
        const module = new WebAssembly.Module(new Uint8Array(bytes));
        const { infer } = new WebAssembly.Instance(module).exports as { infer(): number };
        expect(infer, layers[layer]?.context.name).not.toThrow();
      });
    }
  });
});

describe('the kernels in a module', () => {
  it('are those that the model uses', () => {
    const models = [[], ['conv'], ['conv', 'pool']].map((layers) => {
      const net = createNetwork(1, [1, 8, 8, 1]);
      const conv = layers.includes('conv') ? net.conv2d('conv', 'x', { channels: 6 }) : 'x';
      const pool = layers.includes('pool') ? net.maxPool2d('pool', conv) : conv;
      net.dense('logits', net.flatten('flat', pool), 5);
      return compile(quantized(net.graph(['logits'])));
    });
    for (const variant of ['wasm', 'simdWasm'] as const) {
      const loops = models.map((model) => loopCount(model[variant]));
      const sizes = models.map(({ description }) => description[`${variant}Bytes`]);
      for (const [dense, conv, pool] of [loops, sizes] as [number, number, number][]) {
        expect(dense).toBeLessThan(conv);
        expect(conv).toBeLessThan(pool);
      }
    }
    // infer, input, output, and at most the dense kernel with its call.
    expect(functionCount(models[0]?.wasm as Uint8Array)).toBeLessThanOrEqual(5);
  });

  it('are those of the chosen layout', () => {
    const speed = compile(smallClassifier(1), { optimize: 'speed' });
    expect(speed.description.layers.map(({ kernel }) => kernel)).toEqual([
      'conv2dChannelPairs',
      'maxPool2d',
      null,
      'denseChannelPairs',
    ]);
  });
});

describe('the memory of a model', () => {
  it('lets a pool and a reshape lie where their input lies', () => {
    const { tensorOffsets, description } = compile(smallClassifier(1));
    const place = tensorOffsets.get('relu');
    expect(tensorOffsets.get('pool')).toBe(place);
    expect(tensorOffsets.get('flat')).toBe(place);
    const shared = description.buffers.filter(({ offset }) => offset === place);
    // The pool's output takes a part of its input; behind it the rest is free.
    expect(
      shared.map(({ name, bytes, firstLayer, lastLayer }) => [name, bytes, firstLayer, lastLayer]),
    ).toEqual([
      ['relu', 216, 0, 1],
      ['pool = flat', 54, 2, 3],
    ]);
  });

  it('keeps a tensor that a later layer reads', () => {
    const { tensorOffsets } = compile(branches(3));
    expect(tensorOffsets.get('left')).not.toBe(tensorOffsets.get('conv'));
  });

  it('keeps an output of the graph that the last layer reads', async () => {
    const graph = branches(3, ['conv', 'left', 'right']);
    const inputs = randomInputs(graph, createRandom(6));
    const values = createReference(graph)(inputs);
    for (const [name, bytes] of modulesOf(compile(graph))) {
      const outputs = (await loadModel(bytes, name)).infer(inputs);
      expect(outputs, name).toEqual(graph.outputs.map((output) => values.get(output)));
    }
  });
});

describe('a graph with nodes that do nothing', () => {
  const net = createOpNetwork(1);
  net.input('x', [1, 5, 4, 3]);
  net.add('pad', 'padded', ['x'], {
    padding: [
      [0, 0],
      [1, 1],
      [1, 1],
      [0, 0],
    ],
    mode: 'constant',
    value: 0,
  });
  const window = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0], groups: 1 };
  net.weighted('conv2d', 'conv', 'padded', [4, 3, 3, 3], window);
  net.add('relu', 'y', ['conv']);
  const graph = net.graph(['y']);

  it('is compiled without them, to the same bytes', async () => {
    const { layers } = compile(graph).description;
    expect(layers.map(({ name, op }) => [name, op])).toEqual([['conv', 'conv2d']]);
    await expectCompiledEqual(graph);
  });

  it('keeps them in a debug build, which shows every tensor', () => {
    const { description, tensorOffsets } = compile(graph, { debug: true });
    expect(description.layers.map(({ name }) => name)).toEqual(['padded', 'conv', 'y']);
    expect([...tensorOffsets.keys()].sort()).toEqual(['conv', 'padded', 'x', 'y']);
    expect(description.weightsSha256).toBe(compile(graph).description.weightsSha256);
  });
});

describe('compile refuses', () => {
  it('a float graph, and says how to quantize it', () => {
    const net = createNetwork(1, [1, 4], 'float');
    net.dense('logits', 'x', 2);
    expect(() => compile(net.graph(['logits']))).toThrow(
      "float: graph is not quantized: expected int8 tensors, received float32 tensor 'x'; run 'wick quantize' first",
    );
  });

  it('a layer whose accumulator could overflow, and names the node', () => {
    const graph = smallClassifier(1);
    const bias = graph.tensors.get('logits/bias');
    if (bias === undefined) throw new Error('there is no bias');
    const data = Int32Array.of(0, 2 ** 31 - 1, 0, 0, 0);
    const tensors = new Map(graph.tensors).set('logits/bias', { ...bias, data });
    expect(() => compile({ ...graph, tensors })).toThrow(
      "node 'logits' (dense): the accumulator of output channel 1 may overflow",
    );
  });
});
