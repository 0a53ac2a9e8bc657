import { describe, expect, it } from 'vitest';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { behindBorder, checkFloatBorders } from '../../src/ops/support/float_border.ts';
import { prepareGraph } from '../../src/ops/support/prepare.ts';
import { int8Tensor } from '../support/operands.ts';

const float = (name: string): Tensor => ({ name, shape: [1, 2], dtype: 'float32' });
const int8 = (name: string, zeroPoint = 0): Tensor => int8Tensor(name, [1, 2], 0.5, zeroPoint);

/** A graph of these tensors; a node is `op from to`. */
function graphOf(
  tensors: readonly Tensor[],
  nodes: readonly string[],
  inputs: readonly string[],
  outputs: readonly string[],
): Graph {
  return {
    name: 'g',
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    nodes: nodes.map((text) => {
      const [op = '', from = '', to = ''] = text.split(' ');
      return { name: to, op, inputs: [from], outputs: [to], attributes: {} };
    }),
    inputs,
    outputs,
  };
}

const sound = graphOf(
  [float('x'), int8('a', 3), int8('b', 4), float('y')],
  ['quantize x a', 'relu a b', 'dequantize b y'],
  ['x'],
  ['y'],
);

describe('float32 at the borders of an int8 graph', () => {
  it('is in order from an input to quantize, and from dequantize to an output', () => {
    expect(() => checkFloatBorders(sound)).not.toThrow();
    expect(prepareGraph(sound)).toHaveLength(3);
  });

  it('has the quantization of the int8 tensor behind it', () => {
    const tensor = (name: string) => sound.tensors.get(name) as Tensor;
    expect(behindBorder(sound, tensor('x')).name).toBe('a');
    expect(behindBorder(sound, tensor('y')).name).toBe('b');
    expect(behindBorder(sound, tensor('a')).name).toBe('a');
  });

  const refused: readonly (readonly [string, Graph, string])[] = [
    [
      'an input that another op reads',
      graphOf([float('x'), int8('a'), float('y')], ['quantize x a', 'relu x y'], ['x'], ['a', 'y']),
      "received an input that node 'y' (relu) reads",
    ],
    [
      'an input that is an output',
      graphOf([float('x'), int8('a')], ['quantize x a'], ['x'], ['a', 'x']),
      'received an input that is an output as well',
    ],
    [
      'an input that nothing reads',
      graphOf([float('x'), int8('a'), int8('b')], ['relu a b'], ['x', 'a'], ['b']),
      'received an input that nothing reads',
    ],
    [
      'an output of another op',
      graphOf([int8('a'), float('y')], ['relu a y'], ['a'], ['y']),
      "received made by node 'y' (relu)",
    ],
    [
      'a dequantize that a node reads',
      graphOf(
        [int8('a'), float('y'), int8('b')],
        ['dequantize a y', 'quantize y b'],
        ['a'],
        ['y', 'b'],
      ),
      "received read by node 'b' (quantize)",
    ],
    [
      'a dequantize that is no output',
      graphOf([int8('a'), float('y')], ['dequantize a y'], ['a'], ['a']),
      'received no output of the graph',
    ],
    [
      'a constant',
      graphOf(
        [int8('a'), { ...float('w'), data: new Float32Array(2) }],
        ['dequantize w a'],
        ['a'],
        ['a'],
      ),
      'received a constant',
    ],
  ];
  it.each(refused)('is refused of %s', (_, graph, received) => {
    expect(() => checkFloatBorders(graph)).toThrow(
      /^g: float32 tensor '.' is inside an int8 graph: expected float32 only from an input to 'quantize', or from 'dequantize' to an output, /,
    );
    expect(() => checkFloatBorders(graph)).toThrow(received);
  });

  it('is no border where nothing is int8', () => {
    expect(() => checkFloatBorders(graphOf([float('x')], [], ['x'], ['x']))).toThrow(
      "g: graph is not quantized: expected int8 tensors, received float32 tensor 'x'",
    );
  });
});
