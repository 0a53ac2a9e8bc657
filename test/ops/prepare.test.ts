import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { prepareGraph } from '../../src/ops/support/prepare.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { createNetwork, quantized } from '../support/networks.ts';

/** A sound int8 graph: conv2d 'conv' -> max pool 'pool' -> flatten 'flat' -> dense 'out'. */
function soundGraph(): Graph {
  const net = createNetwork(3, [1, 6, 6, 1], 'small');
  net.conv2d('conv', 'x', { channels: 3 });
  net.maxPool2d('pool', 'conv');
  net.flatten('flat', 'pool');
  return quantized(net.graph([net.dense('out', 'flat', 2)]));
}

/** The sound graph with one tensor changed. */
function withTensor(name: string, change: (tensor: Tensor) => Tensor): Graph {
  const graph = soundGraph();
  const tensors = new Map(graph.tensors);
  tensors.set(name, change(tensors.get(name) as Tensor));
  return { ...graph, tensors };
}

const requantized = (name: string, scale: number, zeroPoint: number): Graph =>
  withTensor(name, (tensor) => ({
    ...tensor,
    quantization: { scale: [scale], zeroPoint: [zeroPoint] },
  }));

describe('prepareGraph', () => {
  it('takes a sound graph, one layer a node', () => {
    expect(prepareGraph(soundGraph()).map(({ context }) => context.name)).toEqual([
      'conv',
      'pool',
      'flat',
      'out',
    ]);
  });

  const refused: readonly (readonly [string, () => Graph, string])[] = [
    [
      'a float graph',
      () => createNetwork(1, [1, 4]).graph(['x']),
      'graph is not quantized: expected int8 tensors',
    ],
    [
      'a zero point that int8 does not hold',
      () => requantized('x', 0.1, 300),
      'the quantization does not fit tensor x (1x6x6x1): expected zero points from -128 to 127, received 300',
    ],
    [
      'a scale of 0',
      () => requantized('conv', 0, 0),
      'the quantization does not fit tensor conv (1x4x4x3): expected scales above 0, received 0',
    ],
    [
      'a factor too large to rescale by',
      () => requantized('out', 1e-30, 0),
      "node 'out' (dense): output channel 0 cannot be rescaled: expected a factor from 0 to 2^30",
    ],
    [
      'a pool whose output has another scale than its input',
      () => requantized('pool', 0.123, 4),
      "node 'pool' (max_pool2d): output 'pool' has another quantization than the op gives: expected scale",
    ],
    [
      "a bias whose scale is not the input's times the weights'",
      () =>
        withTensor('conv/bias', (tensor) => ({
          ...tensor,
          quantization: { scale: [1, 1, 1], zeroPoint: [0, 0, 0], axis: 0 },
        })),
      "node 'conv' (conv2d): bias 'conv/bias' has the wrong scale in channel 0: expected",
    ],
    [
      'weights with a zero point',
      () =>
        withTensor('out/weights', (tensor) => ({
          ...tensor,
          quantization: { scale: [0.1, 0.1], zeroPoint: [0, 1], axis: 0 },
        })),
      "node 'out' (dense): weights 'out/weights' have a zero point: expected symmetric weights",
    ],
    [
      'too little data',
      () => withTensor('out/weights', (tensor) => ({ ...tensor, data: new Int8Array(3) })),
      'the data does not fit tensor out/weights (2x12): expected 24 int8 values, received 3 values in a Int8Array',
    ],
    [
      'nodes in the wrong order',
      () => ({ ...soundGraph(), nodes: [...soundGraph().nodes].reverse() }),
      'node out uses flat before any node makes it',
    ],
  ];
  it.each(refused)('refuses %s', (_, make, message) => {
    const graph = make();
    for (const use of [prepareGraph, compile, createReference]) {
      expect(() => use(graph)).toThrow(message);
    }
  });

  it('refuses a model larger than the memory of a module, naming what is large', () => {
    const net = createNetwork(1, [1, 40_000, 40_000, 1], 'huge');
    net.maxPool2d('pool', 'x', { stride: [1, 1] });
    const float = net.graph(['pool']);
    const tensors = new Map<string, Tensor>();
    for (const [name, tensor] of float.tensors) {
      const quantization = { scale: [1], zeroPoint: [0] };
      tensors.set(name, { ...tensor, dtype: 'int8', quantization });
    }
    // The pool runs in place, and the second pool's input is still needed: two such tensors are alive at once.
    const [pool] = float.nodes;
    const graph: Graph = {
      ...float,
      tensors: tensors.set('again', { ...(tensors.get('pool') as Tensor), name: 'again' }),
      nodes: [
        ...float.nodes,
        { ...(pool as NonNullable<typeof pool>), name: 'again', outputs: ['again'] },
      ],
      outputs: ['pool', 'again'],
    };
    expect(() => compile(graph)).toThrow(
      /^huge: model does not fit in the memory of a module: expected at most \d+ bytes, received \d+, of which '.+' takes \d+$/,
    );
  });
});
