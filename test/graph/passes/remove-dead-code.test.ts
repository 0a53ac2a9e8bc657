import { describe, expect, it } from 'vitest';
import { removeDeadCode } from '../../../src/graph/passes/remove-dead-code.ts';
import { createOpNetwork } from '../../support/op-network.ts';
import { summary } from '../../support/summary.ts';

describe('removeDeadCode', () => {
  it('leaves out what no output needs, nodes and tensors', () => {
    const net = createOpNetwork(1);
    net.input('x', [1, 8]);
    net.input('unused', [3]);
    net.weighted('dense', 'y', 'x', [2, 8]);
    net.weighted('dense', 'dead', 'x', [4, 8]);
    net.add('tanh', 'deader', ['dead']);
    net.constant('alone', [5]);
    const graph = removeDeadCode(net.graph(['y']));
    expect(summary(graph)).toEqual(['y = dense(x, y/weights, y/bias)']);
    expect([...graph.tensors.keys()]).toEqual(['x', 'unused', 'y/weights', 'y/bias', 'y']);
    expect(graph.inputs).toEqual(['x', 'unused']);
  });

  it('keeps a node of which one output is needed', () => {
    const net = createOpNetwork(1);
    net.input('x', [2, 4]);
    net.add('split', 's', ['x'], { axis: 0, sizes: [1, 1] });
    const graph = net.graph(['s:1']);
    expect(removeDeadCode(graph)).toEqual(graph);
  });
});
