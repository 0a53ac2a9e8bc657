import { describe, expect, it } from 'vitest';
import { foldBatchNorm } from '../../../src/graph/passes/fold-batch-norm.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { createRandom } from '../../../src/random.ts';
import { randomFloatInputs, runFloat } from '../../support/networks.ts';
import { createOpNetwork, type OpNetwork } from '../../support/op-network.ts';
import { summary } from '../../support/summary.ts';

const window = { stride: [1, 1], dilation: [1, 1], padding: [1, 1, 0, 0], activation: 'none' };

/** A layer named `layer` over `x`, of three output channels. */
const layers: Readonly<Record<string, (net: OpNetwork, withBias: boolean) => string>> = {
  conv2d: (net, withBias) =>
    net.weighted('conv2d', 'layer', 'x', [3, 2, 2, 3], { ...window, groups: 1 }, withBias),
  depthwise_conv2d: (net, withBias) =>
    net.weighted('depthwise_conv2d', 'layer', 'x', [1, 2, 2, 3], window, withBias),
  transpose_conv2d: (net, withBias) => {
    const attributes = {
      stride: [2, 2],
      padding: [0, 0, 0, 0],
      outputSize: [8, 8],
      activation: 'none',
    };
    return net.weighted('transpose_conv2d', 'layer', 'x', [3, 2, 2, 3], attributes, withBias);
  },
  dense: (net, withBias) =>
    net.weighted('dense', 'layer', 'x', [3, 5], { activation: 'none' }, withBias),
};
const kinds = Object.keys(layers);

function network(kind: string, withBias = true): OpNetwork {
  const net = createOpNetwork(3, { dtype: 'float32' });
  net.input('x', kind === 'dense' ? [1, 5] : [1, 4, 4, 3]);
  (layers[kind] as (typeof layers)[string])(net, withBias);
  return net;
}

/** The graph after the pass; its outputs have to be the same to 1e-5 of the largest value. */
function folded(graph: Graph): Graph {
  const after = foldBatchNorm(graph);
  const inputs = randomFloatInputs(graph, createRandom(2));
  const [wanted, actual] = [runFloat(graph, inputs), runFloat(after, inputs)];
  for (const name of graph.outputs) {
    const values = wanted.get(name) as Float32Array;
    const largest = Math.max(...values.map(Math.abs));
    expect(actual.get(name)).toHaveLength(values.length);
    actual.get(name)?.forEach((value, i) => {
      expect(Math.abs(value - (values[i] as number))).toBeLessThanOrEqual(1e-5 * largest);
    });
  }
  return after;
}

describe.each(kinds)('foldBatchNorm behind %s', (kind) => {
  it.each([true, false])('folds a factor and a term a channel (bias: %s)', (withBias) => {
    const net = network(kind, withBias);
    net.add('mul', 'scaled', ['layer', net.constant('gamma', [3])]);
    net.add('add', 'y', ['scaled', net.constant('beta', [1, 3])], { activation: 'relu' });
    expect(summary(folded(net.graph(['y'])))).toEqual([
      `y = ${kind}(x, layer/weights, layer/bias) relu`,
    ]);
  });

  it.each([true, false])('folds a difference of one constant (bias: %s)', (withBias) => {
    const net = network(kind, withBias);
    net.add('sub', 'y', ['layer', net.constant('mean', [1])]);
    expect(summary(folded(net.graph(['y'])))).toEqual([
      `y = ${kind}(x, layer/weights, layer/bias)`,
    ]);
  });

  it('makes no bias for a factor alone', () => {
    const net = network(kind, false);
    net.add('mul', 'y', ['layer', net.constant('gamma', [3])]);
    expect(summary(folded(net.graph(['y'])))).toEqual([`y = ${kind}(x, layer/weights)`]);
  });
});

describe('foldBatchNorm leaves', () => {
  const unchanged = (graph: Graph) => expect(foldBatchNorm(graph)).toEqual(graph);

  it('a layer whose output is read elsewhere, or is an output of the graph', () => {
    const net = network('conv2d');
    net.add('mul', 'y', ['layer', net.constant('gamma', [3])]);
    unchanged(net.graph(['y', 'layer']));
    net.add('tanh', 'z', ['layer']);
    unchanged(net.graph(['y', 'z']));
  });

  it('constants that differ along other axes, or make the output larger', () => {
    const net = network('conv2d');
    const [, height, width] = net.shapeOf('layer') as [number, number, number, number];
    net.add('mul', 'y', ['layer', net.constant('rows', [height, width, 1])]);
    unchanged(net.graph(['y']));
    const wide = createOpNetwork(1, { dtype: 'float32' });
    wide.input('x', [1, 4]);
    wide.weighted('dense', 'layer', 'x', [1, 4], { activation: 'none' });
    wide.add('add', 'y', ['layer', wide.constant('many', [3])]);
    unchanged(wide.graph(['y']));
  });

  it('a layer with an activation, and one that is none', () => {
    const net = createOpNetwork(1, { dtype: 'float32' });
    net.input('x', [1, 4]);
    net.weighted('dense', 'layer', 'x', [3, 4], { activation: 'relu' });
    net.add('add', 'a', ['layer', net.constant('beta', [3])]);
    net.add('add', 'y', ['a', net.constant('more', [3])]);
    unchanged(net.graph(['y']));
  });

  it('an int8 graph, whose bytes would change', () => {
    const net = createOpNetwork(1);
    net.input('x', [1, 4]);
    net.weighted('dense', 'layer', 'x', [3, 4]);
    net.add('add', 'y', ['layer', net.constant('beta', [3])]);
    unchanged(net.graph(['y']));
  });

  it('the weights of another layer that shares them', () => {
    const net = createOpNetwork(1, { dtype: 'float32' });
    net.input('x', [1, 3]);
    net.weighted('dense', 'layer', 'x', [3, 3], { activation: 'none' });
    net.add('dense', 'other', ['layer', 'layer/weights', 'layer/bias'], { activation: 'none' });
    net.add('mul', 'y', ['other', net.constant('gamma', [3])]);
    const graph = net.graph(['y']);
    const after = folded(graph);
    expect(summary(after)).toEqual([
      'layer = dense(x, layer/weights, layer/bias)',
      'y = dense(layer, other/weights, other/bias)',
    ]);
    expect(after.tensors.get('layer/weights')).toEqual(graph.tensors.get('layer/weights'));
  });
});
