import { describe, expect, it } from 'vitest';
import { removeIdentities } from '../../../src/graph/passes/remove-identities.ts';
import type { Quantization } from '../../../src/graph/types.ts';
import { createOpNetwork, quantization } from '../../support/op-network.ts';
import { summary } from '../../support/summary.ts';

const shape = [1, 4, 1, 6];
const window = { kernel: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0], activation: 'none' };
const none = [0, 0];
const copies: readonly (readonly [string, object])[] = [
  ['reshape', { shape }],
  ['transpose', { permutation: [0, 1, 2, 3] }],
  ['transpose', { permutation: [2, 1, 0, 3] }],
  ['pad', { padding: [none, none, none, none], mode: 'constant', value: 1 }],
  ['strided_slice', { begin: [0, 0, 0, 0], size: shape, strides: [3, 1, 1, 1] }],
  ['split', { axis: 1, sizes: [4] }],
  ['concat', { axis: 3 }],
  ['max_pool2d', window],
  ['average_pool2d', window],
];

/** tanh, then one node, then another tanh. */
function between(
  op: string,
  attributes: object,
  given: {
    readonly dtype?: 'int8' | 'float32';
    readonly from?: Quantization;
    readonly to?: Quantization;
    readonly others?: readonly number[];
  } = {},
) {
  const { dtype = 'int8', from = quantization(), to = from, others = [] } = given;
  const net = createOpNetwork(1, { dtype });
  net.input('x', shape);
  net.add('quantize', 'before', ['x'], {}, from);
  const operands = others.map((value, i) => net.constant(`c${i}`, [1], [value], from));
  net.add(op, 'node', ['before', ...operands], attributes, to);
  net.add('tanh', 'y', ['node']);
  return summary(removeIdentities(net.graph(['y'])));
}
const isRemoved = (lines: readonly string[]) => lines.at(-1) !== 'y = tanh(node)';

describe('removeIdentities', () => {
  it.each(copies)('removes %s %o, of int8 and of float', (op, attributes) => {
    for (const dtype of ['int8', 'float32'] as const)
      expect(isRemoved(between(op, attributes, { dtype }))).toBe(true);
  });

  it.each([
    ['reshape', { shape: [4, 6] }],
    ['transpose', { permutation: [0, 3, 2, 1] }],
    ['pad', { padding: [none, [1, 0], none, none], mode: 'constant', value: 0 }],
    ['strided_slice', { begin: [0, 3, 0, 0], size: shape, strides: [1, -1, 1, 1] }],
    ['max_pool2d', { ...window, activation: 'relu' }],
    ['max_pool2d', { ...window, kernel: [3, 1], padding: [1, 1, 0, 0] }],
  ] as const)('keeps %s %o', (op, attributes) => {
    expect(isRemoved(between(op, attributes))).toBe(false);
  });

  it.each([
    ['relu', quantization(1 / 8, -128), true],
    ['relu', quantization(1 / 8, -127), false],
    ['relu6', quantization(6 / 255, -128), true],
    ['relu6', quantization(7 / 255, -128), false],
    ['relu_n1_to_1', quantization(1 / 128, 0), true],
    ['relu_n1_to_1', quantization(1 / 100, 0), false],
    ['leaky_relu', quantization(1 / 8, -128), true],
    ['leaky_relu', quantization(1 / 8, 0), false],
  ] as const)('%s of int8 values at %o: %s', (op, from, removed) => {
    const attributes = op === 'leaky_relu' ? { alpha: 0.1 } : {};
    expect(isRemoved(between(op, attributes, { from }))).toBe(removed);
    // With another quantization behind it bytes change.
    expect(isRemoved(between(op, attributes, { from, to: quantization(1 / 9, -128) }))).toBe(false);
  });

  it('keeps a relu of floats', () => {
    expect(isRemoved(between('relu', {}, { dtype: 'float32' }))).toBe(false);
  });

  it.each([
    ['add', 0, { activation: 'none' }, true],
    ['sub', 0, { activation: 'none' }, true],
    ['add', 1, { activation: 'none' }, false],
    ['add', 0, { activation: 'relu' }, false],
    ['mul', 32, { activation: 'none' }, true],
    ['mul', 31, { activation: 'none' }, false],
    ['maximum', -128, {}, true],
    ['maximum', -127, {}, false],
    ['minimum', 127, {}, true],
  ] as const)('%s with the constant %i: %s', (op, value, attributes, removed) => {
    expect(isRemoved(between(op, attributes, { others: [value] }))).toBe(removed);
  });

  it('keeps an op that repeats its input', () => {
    const net = createOpNetwork(1);
    net.input('x', [1, 4]);
    net.add('add', 'sum', ['x', net.constant('zeros', [3, 4], new Array(12).fill(0))]);
    net.add('tanh', 'y', ['sum']);
    const graph = net.graph(['y']);
    expect(removeIdentities(graph)).toEqual(graph);
  });

  it('gives the output of the graph to the node before', () => {
    const net = createOpNetwork(1);
    net.input('x', [4]);
    net.add('tanh', 'a', ['x']);
    net.add('reshape', 'b', ['a'], { shape: [4] });
    net.add('reshape', 'y', ['b'], { shape: [4] });
    net.add('logistic', 'z', ['a']);
    const graph = removeIdentities(net.graph(['y', 'z']));
    expect(summary(graph)).toEqual(['y = tanh(x)', 'z = logistic(y)']);
    expect([...graph.tensors.keys()]).toEqual(['x', 'y', 'z']);
  });

  it('keeps a node between an input and an output of the graph, or between two outputs', () => {
    const net = createOpNetwork(1);
    net.input('x', [4]);
    net.add('reshape', 'copy', ['x'], { shape: [4] });
    net.add('tanh', 'a', ['x']);
    net.add('reshape', 'b', ['a'], { shape: [4] });
    const graph = net.graph(['copy', 'a', 'b']);
    expect(removeIdentities(graph)).toEqual(graph);
  });
});
