import { describe, expect, it } from 'vitest';
import { type CompileOptions, compile } from '../../src/compile/compile.ts';
import { setIoTypes } from '../../src/graph/passes/set-io-types.ts';
import { elementCount, type Graph, type Tensor } from '../../src/graph/types.ts';
import { createRandom, type Random } from '../../src/random.ts';
import { loadModel, readDescription } from '../../src/runtime/model.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { moduleText } from '../support/modules.ts';
import { createNetwork, quantized, smallClassifier } from '../support/networks.ts';
import { statefulClassifier } from '../support/stateful.ts';
import { thrownMessage } from '../support/thrown.ts';

const float = { inputType: 'float32', outputType: 'float32' } as const;
const labels = ['a', 'b', 'c', 'd', 'e'];
const hasFloats = (bytes: Uint8Array) => /\bf(32|64)(x\d)?\./.test(moduleText(bytes));

/** Values for each input of a graph, in its type; of float32 some beyond what int8 stands for. */
function anyInputs(graph: Graph, random: Random) {
  return graph.inputs.map((name) => {
    const { shape, dtype } = graph.tensors.get(name) as Tensor;
    const length = elementCount(shape);
    return dtype === 'float32'
      ? Float32Array.from({ length }, () => 3 * random.uniform() - 1.5)
      : Int8Array.from({ length }, () => random.integer(256) - 128);
  });
}

const graphs: readonly (readonly [string, () => Graph])[] = [
  ['a classifier', () => smallClassifier(1, labels)],
  ['a model that remembers', () => statefulClassifier(3)],
];
const options: readonly CompileOptions[] = [
  float,
  { inputType: 'float32', optimize: 'speed' },
  { outputType: 'float32', debug: true },
];

describe.each(graphs)('%s with float32 inputs and outputs', (_, create) => {
  it.each(options)('answers as the reference does, to the bit, with %o', async (option) => {
    const { wasm, simdWasm } = compile(create(), option);
    const graph = setIoTypes(create(), option);
    const reference = createReference(graph);
    const random = createRandom(4);
    for (const bytes of [wasm, simdWasm]) {
      const model = await loadModel(bytes);
      reference.reset();
      for (let run = 0; run < 8; run++) {
        const inputs = anyInputs(graph, random);
        const values = reference(inputs);
        expect(model.infer(inputs)).toEqual(graph.outputs.map((name) => values.get(name)));
      }
    }
  });
});

describe('a module with float32 inputs and outputs', () => {
  const graph = smallClassifier(1, labels);
  const model = compile(graph, float);

  it('says so, with the quantization behind them, under the names of the int8 ones', () => {
    const int8 = compile(graph).description;
    for (const { inputs, outputs } of [readDescription(model.wasm, ''), model.description]) {
      expect(inputs).toEqual(int8.inputs.map((port) => ({ ...port, dtype: 'float32' })));
      expect(outputs).toEqual(int8.outputs.map((port) => ({ ...port, dtype: 'float32' })));
    }
    expect(model.description.weightsSha256).toBe(int8.weightsSha256);
    expect(model.description.macs).toBe(int8.macs);
  });

  it('is the only one with float instructions', () => {
    const int8 = compile(graph);
    expect([int8.wasm, int8.simdWasm].map(hasFloats)).toEqual([false, false]);
    expect([model.wasm, model.simdWasm].map(hasFloats)).toEqual([true, true]);
  });

  it('is what a graph gives that has them itself', () => {
    expect(compile(setIoTypes(graph, float))).toEqual(model);
    expect(compile(setIoTypes(graph, float), float)).toEqual(model);
  });

  it('has four bytes a value in its arena, at multiples of four', () => {
    const { buffers } = model.description;
    const bytesOf = (name: string) =>
      buffers.find((buffer) => buffer.name.split(' = ').includes(name))?.bytes;
    expect(bytesOf('x')).toBe(4 * 64);
    expect(bytesOf('logits')).toBe(4 * 5);
    for (const name of ['x', 'logits']) expect((model.tensorOffsets.get(name) ?? 1) % 4).toBe(0);
  });

  it('shares memory between int8 and float32 only where that makes the arena smaller', () => {
    // Apart, `quantize` needs the values of both types; over the float values, the convolution would need more than that.
    expect(model.description.arenaBytes).toBe(4 * 64 + 64);
    // Of a wide input to a few values, `quantize` is the hungriest.
    const net = createNetwork(1, [1, 300], 'wide');
    const wide = compile(quantized(net.graph([net.dense('logits', 'x', 2)])), float);
    expect(wide.tensorOffsets.get('x')).toBe(wide.tensorOffsets.get('x/int8'));
    expect(wide.description.arenaBytes).toBeLessThan(5 * 300);
  });

  it('tells C of their type and bytes, and leaves nothing to be scaled', () => {
    expect(model.header).toContain('#define SMALL_INPUT_TYPE float\n#define SMALL_INPUT_BYTES 256');
    expect(model.header).toContain('/* logits: float32 1x5, real values */');
    expect(model.header).not.toContain('_SCALE');
    expect(compile(graph).header).toContain('#define SMALL_INPUT_TYPE int8_t\n');
  });

  it('refuses inputs of another size or type', async () => {
    const loaded = await loadModel(model.wasm, 'small.wasm');
    expect(thrownMessage(() => loaded.infer([new Float32Array(63)]))).toBe(
      'small.wasm: input 0 has the wrong size: expected 64 float32 values, received 63',
    );
    expect(thrownMessage(() => loaded.infer([new Int8Array(64)]))).toBe(
      'small.wasm: input 0 has the wrong type: expected float32 values in a Float32Array, received a Int8Array',
    );
  });

  it('is refused by quantize, which works on float graphs', () => {
    const net = createNetwork(1, [1, 4], 'float');
    const source = net.graph([net.relu('y', 'x')]);
    const nodes = source.nodes.map((node) => ({ ...node, op: 'dequantize' }));
    expect(() => quantized({ ...source, nodes })).toThrow(
      "node 'y' (dequantize): op gives float32 values, so a float graph cannot have it",
    );
  });
});
