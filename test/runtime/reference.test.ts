import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { elementCount } from '../../src/graph/types.ts';
import { createRandom } from '../../src/random.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { createNetwork, quantized, randomInputs, smallClassifier } from '../support/networks.ts';

describe('createReference', () => {
  it('gives every activation tensor by name, the inputs included', () => {
    const graph = smallClassifier(1);
    const inputs = randomInputs(graph, createRandom(2));
    const values = createReference(graph)(inputs);
    const activations = [...graph.tensors.values()].filter(({ data }) => data === undefined);
    expect([...values.keys()].sort()).toEqual(activations.map(({ name }) => name).sort());
    for (const { name, shape } of activations) {
      expect(values.get(name)).toHaveLength(elementCount(shape));
    }
    expect(values.get('x')).toEqual(inputs[0]);
  });

  it('gives what the compiled module gives, byte for byte, run after run', async () => {
    const net = createNetwork(4, [1, 6, 6, 2]);
    net.conv2d('conv', 'x', { channels: 4, padding: [1, 1, 1, 1] });
    net.relu('relu', 'conv');
    net.maxPool2d('pool', 'relu');
    net.flatten('flat', 'pool');
    net.dense('first', 'flat', 3);
    net.dense('second', 'flat', 5);
    const graph = quantized(net.graph(['first', 'second']));
    const run = createReference(graph);
    const model = await loadModel(compile(graph).wasm);
    const random = createRandom(3);
    for (let i = 0; i < 5; i++) {
      const inputs = randomInputs(graph, random);
      const values = run(inputs);
      expect(graph.outputs.map((name) => values.get(name))).toEqual(model.infer(inputs));
    }
  });

  it('refuses inputs that do not fit', () => {
    const run = createReference(smallClassifier(1));
    const fault = 'small: inputs do not fit the graph: expected 64 int8 values, received';
    expect(() => run([])).toThrow(`${fault} none`);
    expect(() => run([new Int8Array(63)])).toThrow(`${fault} 63`);
    expect(() => run([new Int8Array(64), new Int8Array(64)])).toThrow(
      `${fault} 64 int8 values and 64 int8 values`,
    );
  });

  it('refuses float32 values for an int8 input', () => {
    expect(() => createReference(smallClassifier(1))([new Float32Array(64)])).toThrow(
      'expected 64 int8 values, received 64 float32 values',
    );
  });

  it('refuses a graph that is not quantized', () => {
    const net = createNetwork(1, [1, 4]);
    net.dense('logits', 'x', 2);
    expect(() => createReference(net.graph(['logits']))).toThrow(
      expect.objectContaining({ name: 'WickError' }),
    );
  });
});
