import { describe, expect, it } from 'vitest';
import { foldConstants } from '../../../src/graph/passes/fold-constants.ts';
import { createOpNetwork, quantization } from '../../support/op-network.ts';
import { summary } from '../../support/summary.ts';

describe('foldConstants', () => {
  it('evaluates float nodes over constants, one after another', () => {
    const net = createOpNetwork(1, { dtype: 'float32' });
    net.input('x', [1, 2]);
    net.constant('a', [2], [1, -2]);
    net.constant('b', [1], [3]);
    net.add('add', 'sum', ['a', 'b']);
    net.add('mul', 'product', ['sum', 'a']);
    net.add('add', 'y', ['x', 'product']);
    const graph = foldConstants(net.graph(['y']));
    expect(summary(graph)).toEqual(['y = add(x, product)']);
    expect(graph.tensors.get('product')?.data).toEqual(Float32Array.of(4, -2));
  });

  it('evaluates int8 nodes as they would run', () => {
    const net = createOpNetwork(1);
    net.input('x', [1, 4]);
    net.constant('a', [2, 2], [-64, 0, 127, 5], quantization(1 / 32, 0));
    net.add('relu', 'rectified', ['a'], {}, quantization(1 / 16, -128));
    net.add('reshape', 'flat', ['rectified'], { shape: [1, 4] });
    net.add('add', 'y', ['x', 'flat'], { activation: 'none' });
    const graph = foldConstants(net.graph(['y']));
    expect(summary(graph)).toEqual(['y = add(x, flat)']);
    // 0, 0, 127 / 32 and 5 / 32 in sixteenths, halves away from zero.
    expect(graph.tensors.get('flat')?.data).toEqual(Int8Array.of(-128, -128, -64, -125));
  });

  it('evaluates a node of several outputs, and one with weights', () => {
    const net = createOpNetwork(2, { dtype: 'float32' });
    net.input('x', [1, 1]);
    net.constant('a', [1, 3], [1, 2, 3]);
    net.add('split', 's', ['a'], { axis: 1, sizes: [1, 2] });
    net.weighted('dense', 'd', 's:1', [1, 2], { activation: 'none' });
    net.add('add', 'sum', ['s:0', 'd']);
    net.add('add', 'y', ['x', 'sum']);
    const graph = foldConstants(net.graph(['y']));
    expect(summary(graph)).toEqual(['y = add(x, sum)']);
    expect(graph.tensors.get('s:1')?.data).toEqual(Float32Array.of(2, 3));
    const [w0, w1, bias] = ['weights', 'bias'].flatMap((name) => [
      ...(graph.tensors.get(`d/${name}`)?.data ?? []),
    ]) as [number, number, number];
    const dense = Math.fround(bias + 2 * w0 + 3 * w1);
    expect(graph.tensors.get('sum')?.data).toEqual(Float32Array.of(1 + dense));
  });

  it('leaves what reads an activation, and what makes an output of the graph', () => {
    const net = createOpNetwork(1);
    net.input('x', [2]);
    net.constant('a', [2]);
    net.add('relu', 'constant', ['a']);
    net.add('add', 'y', ['x', 'a']);
    const graph = net.graph(['y', 'constant']);
    expect(foldConstants(graph)).toEqual(graph);
  });
});
