import { describe, expect, it } from 'vitest';
import { orderOperands } from '../../../src/graph/passes/order-operands.ts';
import { createOpNetwork } from '../../support/op-network.ts';
import { summary } from '../../support/summary.ts';

describe('orderOperands', () => {
  const net = createOpNetwork(1);
  net.input('x', [1, 4]);
  net.constant('c', [4]);
  net.constant('d', [1, 4]);

  it.each(['add', 'mul', 'maximum', 'minimum'])('puts the constant of %s last', (op) => {
    net.add(op, op, ['c', 'x']);
    const graph = orderOperands(net.graph([op]));
    expect(summary(graph).at(-1)).toBe(`${op} = ${op}(x, c)`);
  });

  it('leaves a difference, two constants and two activations as they are', () => {
    const other = createOpNetwork(1);
    other.input('x', [1, 4]);
    other.constant('c', [4]);
    other.constant('d', [1, 4]);
    other.add('sub', 'difference', ['c', 'x']);
    other.add('add', 'constants', ['d', 'c']);
    other.add('add', 'activations', ['x', 'difference']);
    const graph = other.graph(['activations']);
    expect(orderOperands(graph)).toEqual(graph);
  });
});
