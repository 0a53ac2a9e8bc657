import { describe, expect, it } from 'vitest';
import type { Samples } from '../../src/data/dataset.ts';
import { elementCount, type Graph, type Tensor } from '../../src/graph/types.ts';
import { prepareGraph } from '../../src/ops/support/prepare.ts';
import { quantizeValue } from '../../src/quantize/parameters.ts';
import { quantize, quantizeGraph } from '../../src/quantize/quantize.ts';
import { createRandom } from '../../src/random.ts';
import { createReference } from '../../src/runtime/reference.ts';
import { observeRanges, randomFloatInputs, runFloat } from '../support/networks.ts';
import { createOpNetwork, type OpNetwork } from '../support/op-network.ts';
import { summary } from '../support/summary.ts';

const float = () => {
  const net = createOpNetwork(5, { dtype: 'float32' });
  net.input('x', [1, 6]);
  return net;
};
const quantizedOf = (graph: Graph) => quantizeGraph(graph, observeRanges(graph));
const tensor = (graph: Graph, name: string) => graph.tensors.get(name) as Tensor;
const parametersOf = (graph: Graph, name: string) => {
  const { scale = [], zeroPoint = [] } = tensor(graph, name).quantization ?? {};
  return { scale: scale[0] as number, zeroPoint: zeroPoint[0] as number };
};

/** The int8 graph gives what the float graph gives, to some steps of the output's scale. */
function expectNear(graph: Graph, int8: Graph, steps: number): void {
  prepareGraph(int8);
  const inputs = randomFloatInputs(graph, createRandom(1));
  const quantizedInputs = inputs.map((values, i) => {
    const { scale, zeroPoint } = parametersOf(int8, int8.inputs[i] as string);
    return Int8Array.from(values, (value) => quantizeValue(value, scale, zeroPoint));
  });
  const wanted = runFloat(graph, inputs);
  const actual = createReference(int8)(quantizedInputs);
  for (const name of graph.outputs) {
    const { scale, zeroPoint } = parametersOf(int8, name);
    wanted.get(name)?.forEach((value, i) => {
      const real = scale * ((actual.get(name)?.[i] as number) - zeroPoint);
      expect(Math.abs(real - value), `${name} at ${i}`).toBeLessThanOrEqual(steps * scale);
    });
  }
}

describe('a deep graph', () => {
  const range = { min: -1, max: 1 };
  const quantizedAlike = (graph: Graph) =>
    quantizeGraph(graph, new Map([...graph.tensors.keys()].map((name) => [name, range])));

  it('has one quantization over any number of joins', () => {
    const depth = 20_000;
    const net = float();
    let last = 'x';
    for (let i = 0; i < depth; i++) {
      net.add('relu', `relu${i}`, ['x']);
      last = net.add('maximum', `join${i}`, [`relu${i}`, last]);
    }
    const int8 = quantizedAlike(net.graph([last]));
    expect(int8.nodes).toHaveLength(2 * depth);
    for (const name of ['x', 'relu0', last]) {
      expect(parametersOf(int8, name)).toEqual(parametersOf(int8, 'join0'));
    }
  });

  it('has any number of constant operands', () => {
    const depth = 5000;
    const net = float();
    let last = 'x';
    for (let i = 0; i < depth; i++) {
      last = net.add('add', `add${i}`, [last, net.constant(`c${i}`, [1], [i])]);
    }
    const { nodes, tensors } = quantizedAlike(net.graph([last]));
    expect(nodes).toHaveLength(depth);
    expect(tensors.get(`c${depth - 1}`)?.data).toEqual(Int8Array.of(127));
  });
});

describe('a constant operand', () => {
  it.each(['add', 'sub', 'mul'])('of %s is quantized over its own range', (op) => {
    const net = float();
    net.constant('c', [6], [0.5, -1, 4.1, 0, 2, 1]);
    net.add(op, 'y', ['x', 'c'], { activation: 'none' });
    const graph = net.graph(['y']);
    const int8 = quantizedOf(graph);
    expect(parametersOf(int8, 'c').scale).toBe(Math.fround(0.02));
    expect(tensor(int8, 'c').data).toEqual(Int8Array.of(-53, -128, 127, -78, 22, -28));
    expectNear(graph, int8, 2.5);
  });

  it('of prelu is, too', () => {
    const net = float();
    net.add('prelu', 'y', ['x', net.constant('alpha', [6], [0.25, -0.5, 1, 0.125, 0, 0.75])]);
    const graph = net.graph(['y']);
    expectNear(graph, quantizedOf(graph), 2);
  });

  it('of maximum is quantized as the other input, whose range then holds it', () => {
    const net = float();
    net.add('maximum', 'y', ['x', net.constant('c', [1], [4])]);
    const graph = net.graph(['y']);
    const int8 = quantizedOf(graph);
    expect(parametersOf(int8, 'x')).toEqual(parametersOf(int8, 'y'));
    expect(parametersOf(int8, 'c')).toEqual(parametersOf(int8, 'y'));
    expect(tensor(int8, 'c').data).toEqual(Int8Array.of(127));
    expectNear(graph, int8, 1);
  });

  it('is quantized for each reader that needs it otherwise', () => {
    const net = float();
    net.constant('c', [1], [0]);
    net.add('mul', 'larger', ['x', net.constant('ten', [1], [10])]);
    net.add('maximum', 'a', ['x', 'c']);
    net.add('maximum', 'b', ['larger', 'c']);
    const graph = net.graph(['a', 'b']);
    const int8 = quantizedOf(graph);
    expect(summary(int8)).toEqual([
      'larger = mul(x, ten)',
      'a = maximum(x, c)',
      'b = maximum(larger, b/c)',
    ]);
    expectNear(graph, int8, 2);
  });

  it('is refused by name where it is not finite', () => {
    const net = float();
    net.add('add', 'y', ['x', net.constant('c', [1], [Number.NaN])]);
    const range = { min: 0, max: 1 };
    const ranges = new Map(['x', 'y'].map((name) => [name, range]));
    expect(() => quantizeGraph(net.graph(['y']), ranges)).toThrow(
      "node 'y' (add): 'c' holds values that are not finite",
    );
  });
});

describe('inputs that have to be quantized alike', () => {
  const scaled = (net: OpNetwork, name: string, factor: number) =>
    net.add('mul', name, ['x', net.constant(`${name}/factor`, [1], [factor])]);

  it.each(['concat', 'maximum', 'minimum'])('of %s get the union of their ranges', (op) => {
    const net = float();
    scaled(net, 'small', 0.5);
    scaled(net, 'large', -8);
    net.add('reshape', 'flat', ['large'], { shape: [1, 6] });
    net.add(op, 'y', ['small', 'flat'], op === 'concat' ? { axis: 1 } : {});
    const graph = net.graph(['y']);
    const int8 = quantizedOf(graph);
    for (const name of ['small', 'large', 'flat']) {
      expect(parametersOf(int8, name)).toEqual(parametersOf(int8, 'y'));
    }
    expect(parametersOf(int8, 'y').scale).toBeGreaterThan(8 / 255);
    expect(int8.nodes.map((node) => node.op)).not.toContain('quantize');
    expectNear(graph, int8, 1.5);
  });

  it('hold what a pad puts around them', () => {
    const net = float();
    net.add('pad', 'y', ['x'], {
      padding: [
        [0, 0],
        [1, 1],
      ],
      mode: 'constant',
      value: -3,
    });
    const graph = net.graph(['y']);
    expectNear(graph, quantizedOf(graph), 1);
  });

  it('are requantized where their op fixes the quantization', () => {
    const net = float();
    net.add('softmax', 'p', ['x'], { beta: 1 });
    net.add('concat', 'y', ['p', 'x', 'p'], { axis: 1 });
    const graph = net.graph(['y', 'p']);
    const int8 = quantizedOf(graph);
    expect(summary(int8)).toEqual([
      'p = softmax(x)',
      'p/requantized = quantize(p)',
      'y = concat(p/requantized, x, p/requantized)',
    ]);
    expect(parametersOf(int8, 'p')).toEqual({ scale: 1 / 256, zeroPoint: -128 });
    expectNear(graph, int8, 1.5);
  });

  it('stay as they are where all have the same fixed quantization', () => {
    const net = float();
    net.add('softmax', 'p', ['x'], { beta: 1 });
    net.add('softmax', 'q', ['x'], { beta: 2 });
    net.add('reshape', 'r', ['q'], { shape: [1, 6] });
    net.add('concat', 'y', ['p', 'r'], { axis: 1 });
    const graph = net.graph(['y']);
    const int8 = quantizedOf(graph);
    expect(parametersOf(int8, 'y')).toEqual({ scale: 1 / 256, zeroPoint: -128 });
    expect(int8.nodes).toHaveLength(4);
    expectNear(graph, int8, 2);
  });
});

describe('quantize', () => {
  it('takes a graph of ops that are not trained, and folds what it can', async () => {
    const net = createOpNetwork(6, { dtype: 'float32' });
    net.input('x', [1, 6, 6, 2]);
    const window = { stride: [1, 1], dilation: [1, 1], padding: [1, 1, 1, 1], activation: 'none' };
    net.weighted('depthwise_conv2d', 'depthwise', 'x', [1, 3, 3, 2], window, false);
    net.add('mul', 'scaled', ['depthwise', net.constant('gamma', [2])]);
    net.add('add', 'shifted', ['scaled', net.constant('beta', [2])]);
    net.add('hard_swish', 'swish', ['shifted']);
    net.add('concat', 'both', ['swish', 'x'], { axis: 3 });
    net.add('mean', 'y', ['both'], { axes: [1, 2], keepDims: true });
    const graph = net.graph(['y']);
    const random = createRandom(4);
    const count = 8;
    const shape = [6, 6, 2];
    const calibration: Samples = {
      data: Float32Array.from(
        { length: count * elementCount(shape) },
        () => 2 * random.uniform() - 1,
      ),
      shape,
      scale: 1,
      zeroPoint: 0,
      labels: new Uint8Array(count),
      count,
    };
    const int8 = await quantize(graph, { calibration });
    expect(summary(int8)).toEqual([
      'shifted = depthwise_conv2d(x, depthwise/weights, depthwise/bias)',
      'swish = hard_swish(shifted)',
      'both = concat(swish, x)',
      'y = mean(both)',
    ]);
    expectNear(graph, int8, 6);
    await expect(
      quantize(graph, { calibration: { ...calibration, shape: [6, 12] } }),
    ).rejects.toThrow(
      "graph 'net': the samples do not fit the input of the graph: expected 1x6x6x2, received 1x6x12",
    );
  });

  it('refuses an op that keeps a state, by name', () => {
    const net = float();
    const operands = ['x', net.constant('features', [2, 6]), net.constant('time', [2, 3])];
    net.add('svdf', 'memory', operands, { rank: 1, stateScale: 1 / 16, activation: 'none' });
    const graph = net.graph(['memory']);
    expect(() => quantizedOf(graph)).toThrow(
      "node 'memory' (svdf): op cannot be quantized after training",
    );
  });
});
