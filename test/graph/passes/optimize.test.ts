import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { optimizeGraph } from '../../../src/graph/passes/optimize.ts';
import type { Graph, Tensor } from '../../../src/graph/types.ts';
import { resolveGraph } from '../../../src/ops/support/context.ts';
import { splitOutputs } from '../../../src/ops/support/outputs.ts';
import { createRandom } from '../../../src/random.ts';
import { createReference } from '../../../src/runtime/reference.ts';
import { randomFloatInputs, randomInputs, runFloat } from '../../support/networks.ts';
import { createOpNetwork } from '../../support/op-network.ts';
import { propertyRuns } from '../../support/oracle.ts';
import { randomImages } from '../../support/random-images.ts';
import { summary } from '../../support/summary.ts';

const outputsOf = (graph: Graph, values: ReadonlyMap<string, unknown>) =>
  graph.outputs.map((name) => values.get(name));

describe('optimizeGraph', () => {
  it('keeps every byte of the outputs of an int8 graph', () => {
    fc.assert(
      fc.property(randomImages('int8'), (graph) => {
        const optimized = optimizeGraph(graph);
        const inputs = randomInputs(graph, createRandom(1));
        expect(optimized.outputs).toEqual(graph.outputs);
        expect(outputsOf(optimized, createReference(optimized)(inputs))).toEqual(
          outputsOf(graph, runInt8(graph, inputs)),
        );
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it('keeps the values of a float graph to 1e-5 of the largest', () => {
    fc.assert(
      fc.property(randomImages('float32'), (graph) => {
        const optimized = optimizeGraph(graph);
        const inputs = randomFloatInputs(graph, createRandom(1));
        const [before, after] = [runFloat(graph, inputs), runFloat(optimized, inputs)];
        for (const name of graph.outputs) {
          const [wanted, actual] = [before.get(name), after.get(name)] as [
            Float32Array,
            Float32Array,
          ];
          const largest = wanted.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3);
          expect(actual.length).toBe(wanted.length);
          wanted.forEach((value, i) => {
            expect(Math.abs((actual[i] as number) - value)).toBeLessThanOrEqual(1e-5 * largest);
          });
        }
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it.each(['int8', 'float32'] as const)('finds nothing more the second time (%s)', (dtype) => {
    fc.assert(
      fc.property(randomImages(dtype), (graph) => {
        const once = optimizeGraph(graph);
        expect(resolveGraph(once).length).toBeLessThanOrEqual(graph.nodes.length);
        expect(summary(optimizeGraph(once))).toEqual(summary(once));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('makes one layer of a padded convolution with a batch normalization and an activation', () => {
    const net = createOpNetwork(1, { dtype: 'float32' });
    net.input('x', [1, 6, 6, 3]);
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
    const attributes = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0], groups: 1 };
    net.weighted('conv2d', 'conv', 'padded', [4, 3, 3, 3], attributes, false);
    net.constant('deviation', [4]);
    net.constant('gamma', [4]);
    net.add('mul', 'factor', ['deviation', 'gamma'], { activation: 'none' });
    net.add('mul', 'scaled', ['factor', 'conv'], { activation: 'none' });
    net.add('add', 'shifted', ['scaled', net.constant('beta', [1, 1, 1, 4])], {
      activation: 'none',
    });
    net.add('reshape', 'same', ['shifted'], { shape: [1, 6, 6, 4] });
    net.add('relu6', 'y', ['same']);
    net.add('tanh', 'unread', ['conv']);
    expect(summary(optimizeGraph(net.graph(['y'])))).toEqual([
      'y = conv2d(x, conv/weights, conv/bias) relu6',
    ]);
  });
});

describe('optimizeGraph of a deep graph', () => {
  const depth = 5000;
  /** So many nodes behind one another. */
  const chain = (add: (from: string, index: number) => string) => {
    const nodes = Array.from({ length: depth }, (_, index) => index);
    return nodes.reduce(add, 'x');
  };

  it('takes all pads before a layer at once', () => {
    const net = createOpNetwork(1);
    net.input('x', [1, 2, 2, 1]);
    const padding = [
      [0, 0],
      [0, 0],
      [0, 1],
      [0, 0],
    ];
    const last = chain((from, i) =>
      net.add('pad', `pad${i}`, [from], { padding, mode: 'constant', value: 0 }),
    );
    const attributes = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0], groups: 1 };
    net.weighted('conv2d', 'y', last, [1, 1, 1, 1], attributes);
    const { nodes } = optimizeGraph(net.graph(['y']));
    expect(nodes.map(({ inputs }) => inputs[0])).toEqual(['x']);
    expect(nodes[0]?.attributes).toMatchObject({ padding: [0, 0, 0, depth] });
  });

  it('leaves out copies that are outputs', () => {
    const net = createOpNetwork(1);
    net.input('x', [4]);
    const outputs: string[] = [];
    chain((from, i) => {
      net.add('tanh', `tanh${i}`, [from]);
      outputs.push(net.add('reshape', `y${i}`, [`tanh${i}`], { shape: [4] }));
      return `tanh${i}`;
    });
    expect(summary(optimizeGraph(net.graph(outputs)))).toEqual(
      outputs.map((name, i) => `${name} = tanh(${i === 0 ? 'x' : outputs[i - 1]})`),
    );
  });

  it('folds factors and fuses activations', () => {
    const net = createOpNetwork(1, { dtype: 'float32' });
    net.input('x', [1, 2]);
    const last = chain((from, i) => {
      net.weighted('dense', `dense${i}`, from, [2, 2], { activation: 'none' }, false);
      net.add('mul', `mul${i}`, [`dense${i}`, net.constant(`factor${i}`, [2])]);
      return net.add('relu', `relu${i}`, [`mul${i}`]);
    });
    expect(summary(optimizeGraph(net.graph([last])))).toEqual(
      Array.from({ length: depth }, (_, i) => {
        const from = i === 0 ? 'x' : `relu${i - 1}`;
        return `relu${i} = dense(${from}, dense${i}/weights) relu`;
      }),
    );
  });
});

/** Every tensor of an int8 graph by the references, whichever inputs are constants. */
function runInt8(graph: Graph, inputs: readonly Int8Array[]): ReadonlyMap<string, Int8Array> {
  const values = new Map(graph.inputs.map((name, i) => [name, inputs[i] as Int8Array]));
  for (const { op, context } of resolveGraph(graph)) {
    const [{ data, ...first }, ...others] = context.inputs as [Tensor, ...Tensor[]];
    if (data !== undefined) values.set(first.name, data as Int8Array);
    const operands: readonly Tensor[] = [first, ...others].filter(
      (tensor: Tensor) => tensor.data === undefined,
    );
    const parameters = op.prepare({ ...context, inputs: [first, ...others] });
    const output = op.reference(
      parameters,
      operands.map(({ name }) => values.get(name) as Int8Array),
    );
    for (const [name, bytes] of splitOutputs(context.outputs, output)) {
      values.set(name, bytes as Int8Array);
    }
  }
  return values;
}
