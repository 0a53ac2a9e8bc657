import { describe, expect, it } from 'vitest';
import { fuseActivations } from '../../../src/graph/passes/fuse-activations.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { createRandom } from '../../../src/random.ts';
import { createReference } from '../../../src/runtime/reference.ts';
import {
  createNetwork,
  randomFloatInputs,
  randomInputs,
  runFloat,
} from '../../support/networks.ts';
import { createOpNetwork, quantization } from '../../support/op-network.ts';

const summary = ({ nodes }: Graph) =>
  nodes.map(({ op, inputs, outputs, attributes }) => {
    const { activation } = attributes as { readonly activation?: string };
    return `${outputs[0]} = ${op}(${inputs[0]})${activation === undefined ? '' : ` ${activation}`}`;
  });

describe('fuseActivations', () => {
  it.each(['conv2d', 'maxPool2d'] as const)('moves a relu into the %s before it', (op) => {
    const net = createNetwork(1, [1, 6, 6, 2]);
    if (op === 'conv2d') net.conv2d('layer', 'x', { channels: 3 });
    else net.maxPool2d('layer', 'x');
    net.relu('relu', 'layer');
    const fused = fuseActivations(net.graph(['relu']));
    expect(summary(fused)).toEqual([`relu = ${op === 'conv2d' ? op : 'max_pool2d'}(x) relu`]);
  });

  it('moves a relu into the dense layer before it, whose name stays', () => {
    const net = createNetwork(1, [1, 4]);
    net.dense('hidden', 'x', 3);
    net.relu('relu', 'hidden');
    net.dense('logits', 'relu', 2);
    const graph = net.graph(['logits'], ['no', 'yes']);
    const fused = fuseActivations(graph);
    expect(summary(fused)).toEqual(['relu = dense(x) relu', 'logits = dense(relu) none']);
    expect(fused.nodes.map(({ name }) => name)).toEqual(['hidden', 'logits']);
    expect(fused.nodes[0]?.inputs).toEqual(['x', 'hidden/weights', 'hidden/bias']);
    expect({ ...fused, nodes: [], tensors: [] }).toEqual({ ...graph, nodes: [], tensors: [] });
  });

  it('keeps the names of tensors; only what nothing holds any more is gone', () => {
    const net = createNetwork(1, [1, 4]);
    net.dense('hidden', 'x', 3);
    net.relu('relu', 'hidden');
    const graph = net.graph(['relu']);
    const { tensors } = fuseActivations(graph);
    const kept = [...graph.tensors].filter(([name]) => name !== 'hidden');
    expect([...tensors]).toEqual(kept);
  });

  it('leaves a relu whose input another node reads', () => {
    const net = createNetwork(1, [1, 6, 6, 1]);
    net.conv2d('conv', 'x', { channels: 2 });
    net.relu('relu', 'conv');
    net.maxPool2d('pool', 'conv');
    const graph = net.graph(['relu', 'pool']);
    expect(fuseActivations(graph)).toEqual(graph);
  });

  it('leaves a relu whose input is an output of the graph', () => {
    const net = createNetwork(1, [1, 4]);
    net.dense('hidden', 'x', 3);
    net.relu('relu', 'hidden');
    const graph = net.graph(['hidden', 'relu']);
    expect(fuseActivations(graph)).toEqual(graph);
  });

  it('leaves relus behind the input, a reshape, or what has an activation already', () => {
    const net = createNetwork(1, [1, 2, 2, 1]);
    net.relu('first', 'x');
    net.flatten('flat', 'first');
    net.relu('second', 'flat');
    net.dense('dense', 'second', 3);
    net.relu('third', 'dense');
    net.relu('fourth', 'third');
    expect(summary(fuseActivations(net.graph(['fourth'])))).toEqual([
      'first = relu(x)',
      'flat = reshape(first)',
      'second = relu(flat)',
      'third = dense(second) relu',
      'fourth = relu(third)',
    ]);
  });

  it('leaves a relu behind another activation alone', () => {
    const net = createNetwork(1, [1, 4]);
    net.dense('hidden', 'x', 3);
    net.relu('relu', 'hidden');
    const graph = net.graph(['relu']);
    const [hidden, relu] = graph.nodes;
    if (hidden === undefined || relu === undefined) throw new Error('the nodes are missing');
    const bounded = { ...hidden, attributes: { activation: 'relu6' } };
    const clamped = { ...graph, nodes: [bounded, relu] };
    expect(fuseActivations(clamped)).toEqual(clamped);
  });

  it('changes no output, nor the graph that it is given', () => {
    const create = () => {
      const net = createNetwork(5, [1, 7, 7, 2]);
      net.conv2d('a', 'x', { channels: 3 });
      net.relu('ra', 'a');
      net.maxPool2d('pool', 'ra');
      net.relu('rp', 'pool');
      net.conv2d('b', 'rp', { channels: 2, kernel: [1, 1] });
      net.relu('rb', 'b');
      net.flatten('flat', 'b');
      net.dense('c', 'flat', 4);
      net.relu('rc', 'c');
      return net.graph(['rb', 'rc']);
    };
    const graph = create();
    const fused = fuseActivations(graph);
    expect(graph).toEqual(create());
    expect(fused.nodes).toHaveLength(graph.nodes.length - 3);
    const random = createRandom(1);
    for (let run = 0; run < 5; run++) {
      const inputs = randomFloatInputs(graph, random);
      const [before, after] = [runFloat(graph, inputs), runFloat(fused, inputs)];
      for (const name of graph.outputs) expect(after.get(name)).toEqual(before.get(name));
    }
  });

  it('does nothing a second time', () => {
    const net = createNetwork(1, [1, 4]);
    net.dense('hidden', 'x', 3);
    net.relu('relu', 'hidden');
    const fused = fuseActivations(net.graph(['relu']));
    expect(fuseActivations(fused)).toEqual(fused);
  });

  it('fuses a relu of int8 where it is quantized as its input, with the same bytes', () => {
    const net = createOpNetwork(1);
    net.input('x', [1, 8]);
    net.weighted('dense', 'hidden', 'x', [5, 8], { activation: 'none' });
    net.add('relu6', 'y', ['hidden']);
    const graph = net.graph(['y']);
    const fused = fuseActivations(graph);
    expect(summary(fused)).toEqual(['y = dense(x) relu6']);
    const inputs = randomInputs(graph, createRandom(1));
    const [before, after] = [graph, fused].map((g) => createReference(g)(inputs).get('y'));
    expect(after).toEqual(before);
  });

  it('leaves a relu of int8 that rescales', () => {
    const net = createOpNetwork(1);
    net.input('x', [1, 8]);
    net.weighted('dense', 'hidden', 'x', [5, 8], { activation: 'none' });
    net.add('relu', 'y', ['hidden'], {}, quantization(1 / 16, -128));
    const graph = net.graph(['y']);
    expect(fuseActivations(graph)).toEqual(graph);
  });
});
