import { describe, expect, it } from 'vitest';
import { WickError } from '../../src/errors.ts';
import { fuseActivations } from '../../src/graph/passes/fuse-activations.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import type { Range } from '../../src/quantize/parameters.ts';
import { quantizeValue } from '../../src/quantize/parameters.ts';
import { quantizeGraph } from '../../src/quantize/quantize.ts';
import { createRandom } from '../../src/random.ts';
import { createReference } from '../../src/runtime/reference.ts';
import {
  createNetwork,
  observeRanges,
  quantized,
  randomFloatInputs,
  runFloat,
} from '../support/networks.ts';

function classifier(): Graph {
  const net = createNetwork(1, [1, 8, 8, 1], 'classifier');
  net.conv2d('conv', 'x', { channels: 6 });
  net.relu('relu', 'conv');
  net.maxPool2d('pool', 'relu');
  net.flatten('flat', 'pool');
  net.dense('logits', 'flat', 5);
  return fuseActivations(net.graph(['logits'], ['a', 'b', 'c', 'd', 'e']));
}

const tensor = (graph: Graph, name: string): Tensor => {
  const found = graph.tensors.get(name);
  if (found === undefined) throw new Error(`there is no tensor '${name}'`);
  return found;
};
/** The graph with one constant changed. */
function withData(graph: Graph, name: string, change: (data: Float32Array) => void): Graph {
  const data = Float32Array.from(tensor(graph, name).data ?? []);
  change(data);
  const tensors = new Map(graph.tensors).set(name, { ...tensor(graph, name), data });
  return { ...graph, tensors };
}
const refusal = (graph: Graph, ranges: ReadonlyMap<string, Range>): WickError => {
  try {
    quantizeGraph(graph, ranges);
  } catch (error) {
    if (error instanceof WickError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('quantizeGraph', () => {
  const graph = classifier();
  const ranges = observeRanges(graph);
  const result = quantizeGraph(graph, ranges);

  it('keeps the names, the shapes, the nodes, the labels', () => {
    expect([...result.tensors.keys()].sort()).toEqual([...graph.tensors.keys()].sort());
    for (const [name, { shape }] of result.tensors)
      expect(shape).toEqual(tensor(graph, name).shape);
    const { nodes, inputs, outputs, labels, name } = result;
    expect({ nodes, inputs, outputs, labels, name }).toEqual({
      nodes: graph.nodes,
      inputs: ['x'],
      outputs: ['logits'],
      labels: graph.labels,
      name: 'classifier',
    });
  });

  it('makes activations and weights int8, biases int32', () => {
    const dtypes = [...result.tensors.values()].map(({ name, dtype }) => [name, dtype]);
    expect(Object.fromEntries(dtypes)).toEqual({
      x: 'int8',
      'conv/weights': 'int8',
      'conv/bias': 'int32',
      relu: 'int8',
      pool: 'int8',
      flat: 'int8',
      'logits/weights': 'int8',
      'logits/bias': 'int32',
      logits: 'int8',
    });
    expect(tensor(result, 'conv/weights').data).toBeInstanceOf(Int8Array);
    expect(tensor(result, 'conv/bias').data).toBeInstanceOf(Int32Array);
    expect(tensor(result, 'relu').data).toBeUndefined();
  });

  it('scales weights and biases by output channel, with zero points of 0', () => {
    for (const [layer, input, channels] of [
      ['conv', 'x', 6],
      ['logits', 'flat', 5],
    ] as const) {
      const weights = tensor(result, `${layer}/weights`).quantization;
      const bias = tensor(result, `${layer}/bias`).quantization;
      expect(weights?.axis).toBe(0);
      expect(bias?.axis).toBe(0);
      expect(weights?.zeroPoint).toEqual(new Array(channels).fill(0));
      expect(bias?.zeroPoint).toEqual(new Array(channels).fill(0));
      const inputScale = tensor(result, input).quantization?.scale[0] as number;
      const scales = weights?.scale.map((scale) => Math.fround(scale * inputScale));
      expect(bias?.scale).toEqual(scales);
    }
  });

  it('lets a max pool and a reshape share the quantization of their input', () => {
    const { quantization } = tensor(result, 'relu');
    expect(quantization?.scale[0]).toBe(Math.fround((ranges.get('relu')?.max as number) / 255));
    expect(quantization?.zeroPoint).toEqual([-128]);
    expect(tensor(result, 'pool').quantization).toEqual(quantization);
    expect(tensor(result, 'flat').quantization).toEqual(quantization);
  });

  it('needs no range for what shares one', () => {
    const needed = new Map([...ranges].filter(([name]) => name !== 'pool' && name !== 'flat'));
    expect(quantizeGraph(graph, needed)).toEqual(result);
  });

  it('leaves the float graph as it was', () => {
    expect(graph).toEqual(classifier());
  });

  it('gives outputs near those of the float graph', () => {
    const random = createRandom(9);
    const run = createReference(result);
    const { scale: inScale, zeroPoint: inZero } = tensor(result, 'x').quantization ?? {};
    const { scale, zeroPoint } = tensor(result, 'logits').quantization ?? {};
    let worst = 0;
    for (let i = 0; i < 20; i++) {
      const inputs = randomFloatInputs(graph, random);
      const int8Inputs = inputs.map((input) =>
        Int8Array.from(input, (x) => quantizeValue(x, inScale?.[0] ?? 0, inZero?.[0] ?? 0)),
      );
      const wanted = runFloat(graph, inputs).get('logits') as Float32Array;
      run(int8Inputs)
        .get('logits')
        ?.forEach((q, index) => {
          // What lies outside of the range that was observed is cut off.
          const real = (q - (zeroPoint?.[0] ?? 0)) * (scale?.[0] ?? 0);
          const saturated = q === -128 || q === 127;
          if (!saturated) worst = Math.max(worst, Math.abs(real - (wanted[index] as number)));
        });
    }
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(5 * (scale?.[0] ?? 0));
  });

  it('quantizes a layer without a bias', () => {
    const nodes = graph.nodes.map((node) => ({ ...node, inputs: node.inputs.slice(0, 2) }));
    const bare = quantizeGraph({ ...graph, nodes }, ranges);
    expect([...bare.tensors.keys()]).not.toContain('conv/bias');
    expect(() => createReference(bare)([new Int8Array(64)])).not.toThrow();
  });

  it('gives each channel of zeros zeros', () => {
    const dead = withData(graph, 'conv/weights', (data) => data.fill(0, 0, 9));
    const weights = tensor(quantizeGraph(dead, ranges), 'conv/weights');
    expect(weights.data?.slice(0, 9)).toEqual(new Int8Array(9));
    expect(weights.quantization?.scale[0]).toBeGreaterThan(0);
  });

  it.each([NaN, Infinity, -Infinity])('refuses weights that hold %d, by name', (value) => {
    const bad = withData(graph, 'logits/weights', (data) => data.fill(value, 7, 8));
    const { message } = refusal(bad, ranges);
    expect(message).toContain("node 'logits' (dense)");
    expect(message).toContain("'logits/weights' holds values that are not finite");
  });

  it('refuses a bias that holds NaN, by name', () => {
    const bad = withData(graph, 'conv/bias', (data) => data.fill(NaN, 0, 1));
    expect(refusal(bad, ranges).message).toContain("'conv/bias' holds values that are not finite");
  });

  it('refuses an activation without a range, by name', () => {
    const missing = new Map([...ranges].filter(([name]) => name !== 'relu'));
    expect(refusal(graph, missing).message).toContain("tensor 'relu' has no finite range");
  });

  it.each([
    ['infinite', { min: 0, max: Infinity }],
    ['NaN', { min: NaN, max: NaN }],
    ['empty', { min: Infinity, max: -Infinity }],
  ])('refuses a range that is %s, by name', (_, range) => {
    const bad = new Map(ranges).set('logits', range);
    expect(refusal(graph, bad).message).toContain("'logits'");
  });

  it('refuses a bias that layers with inputs of different scales share, by name', () => {
    const net = createNetwork(1, [1, 4], 'tied');
    net.dense('first', 'x', 4);
    net.dense('second', 'first', 4);
    const { nodes, ...rest } = net.graph(['second']);
    const tied = nodes.map((node) => ({
      ...node,
      inputs: [node.inputs[0] as string, `${node.name}/weights`, 'first/bias'],
    }));
    const scales = new Map([
      ['x', { min: -1, max: 1 }],
      ['first', { min: -50, max: 50 }],
      ['second', { min: -5, max: 5 }],
    ]);
    expect(refusal({ ...rest, nodes: tied }, scales).message).toContain("'first/bias'");
  });

  it('refuses a graph that is int8 already', () => {
    expect(refusal(result, ranges).message).toContain("'conv/weights' cannot be quantized");
  });

  it('keeps a relu that cannot be fused as a node of its own', () => {
    const net = createNetwork(2, [1, 6], 'branch');
    net.dense('hidden', 'x', 4);
    net.relu('relu', 'hidden');
    const branch = quantized(net.graph(['hidden', 'relu']));
    expect(branch.nodes.map(({ op }) => op)).toEqual(['dense', 'relu']);
    expect(tensor(branch, 'relu').quantization?.zeroPoint).toEqual([-128]);
    const values = createReference(branch)([Int8Array.of(1, 50, -70, 127, -128, 0)]);
    const real = (name: string) => {
      const { scale, zeroPoint } = tensor(branch, name).quantization ?? {};
      return [...(values.get(name) ?? [])].map(
        (q) => (q - (zeroPoint?.[0] ?? 0)) * (scale?.[0] ?? 0),
      );
    };
    const step = tensor(branch, 'relu').quantization?.scale[0] ?? 0;
    real('hidden').forEach((value, i) => {
      const wanted = Math.min(Math.max(value, 0), 255 * step);
      expect(Math.abs((real('relu')[i] as number) - wanted)).toBeLessThanOrEqual(step);
    });
  });
});
