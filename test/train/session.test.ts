import { describe, expect, it } from 'vitest';
import type { Graph, Node, Tensor } from '../../src/graph/types.ts';
import { resolveGraph } from '../../src/ops/support/context.ts';
import { batches, collectActivations, createSession } from '../../src/train/session.ts';
import { expectClose } from '../assembly/f32/harness.ts';
import { separableDataset, smallGraph } from './networks.ts';

const dataset = separableDataset();
const samples = dataset.train;
const indices = [3, 0, 7, 7, 20];

/** Every tensor of a graph for one sample, by the ops' naive float references. */
function referenceTensors(graph: Graph, index: number): Map<string, Float32Array> {
  const size = samples.data.length / samples.count;
  const input = Float32Array.from(samples.data.subarray(index * size, (index + 1) * size));
  const values = new Map<string, Float32Array>([[graph.inputs[0] as string, input]]);
  for (const { op, context } of resolveGraph(graph)) {
    const inputs = context.inputs.map(
      ({ name, data }) => (data ?? values.get(name)) as Float32Array,
    );
    values.set((context.outputs[0] as Tensor).name, op.referenceFloat(context, inputs));
  }
  return values;
}

function referenceLogits(graph: Graph): number[] {
  return indices.flatMap((index) => [
    ...(referenceTensors(graph, index).get(graph.outputs[0] as string) as Float32Array),
  ]);
}

/** Moves each relu into the activation of the node before it. */
function withFusedActivations(graph: Graph, activation: string): Graph {
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const last = nodes.at(-1);
    if (node.op !== 'relu' || last === undefined) {
      nodes.push(node);
      continue;
    }
    nodes[nodes.length - 1] = {
      ...last,
      outputs: node.outputs,
      attributes: { ...last.attributes, activation },
    };
  }
  return { ...graph, nodes };
}

function withSoftmax(graph: Graph, beta: number): Graph {
  const [logits] = graph.outputs as [string];
  const tensors = new Map(graph.tensors);
  tensors.set('probabilities', { name: 'probabilities', shape: [1, 4], dtype: 'float32' });
  const node: Node = {
    name: 'softmax',
    op: 'softmax',
    inputs: [logits],
    outputs: ['probabilities'],
    attributes: { beta },
  };
  return { ...graph, tensors, nodes: [...graph.nodes, node], outputs: ['probabilities'] };
}

const variants = {
  'separate relu nodes': smallGraph(),
  'fused relu': withFusedActivations(smallGraph(), 'relu'),
  'fused relu6': withFusedActivations(smallGraph(), 'relu6'),
  'fused clamp to [-1, 1]': withFusedActivations(smallGraph(), 'relu_n1_to_1'),
};

describe.each(Object.entries(variants))('a session over a graph with %s', (_, graph) => {
  it.each([true, false])(
    'gives the logits of the naive float reference (training: %s)',
    (training) => {
      const session = createSession(graph, { batchSize: 8, training });
      expectClose(session.forward(samples, indices), referenceLogits(graph));
    },
  );

  it('computes the gradient of the mean loss of the batch', () => {
    const session = createSession(graph, { batchSize: 8 });
    session.computeGradients(samples, indices);
    const gradients = session.gradients();
    expect([...gradients.keys()].sort()).toEqual(
      [...graph.tensors.values()]
        .filter(({ data }) => data !== undefined)
        .map(({ name }) => name)
        .sort(),
    );
    for (const [name, gradient] of gradients) {
      expectNumericalGradient(graph, name, gradient);
    }
  });

  it('shows every tensor of the graph, sample by sample in execution order', () => {
    const seen: string[] = [];
    let position = 0;
    collectActivations(graph, samples, indices, (name, values) => {
      const sample = Math.floor(position++ / graph.nodes.length);
      const reference = referenceTensors(graph, indices[sample] as number);
      expectClose(values, reference.get(name) as Float32Array);
      seen.push(name);
    });
    const names = graph.nodes.map(({ outputs }) => outputs[0]);
    expect(seen).toEqual(indices.flatMap(() => names));
  });
});

/** Compares with central differences of the loss by the naive reference, along a few parameters of a tensor. */
function expectNumericalGradient(graph: Graph, name: string, gradient: Float32Array): void {
  const tensor = graph.tensors.get(name) as Tensor;
  const step = 1e-3;
  const scale = Math.max(...gradient.map(Math.abs));
  expect(scale).toBeGreaterThan(0);
  for (let i = 0; i < gradient.length; i += Math.ceil(gradient.length / 7)) {
    const lossAt = (change: number) => {
      const data = Float32Array.from(tensor.data as Float32Array);
      data[i] = (data[i] as number) + change;
      return referenceLoss({
        ...graph,
        tensors: new Map(graph.tensors).set(name, { ...tensor, data }),
      });
    };
    const numerical = (lossAt(step) - lossAt(-step)) / (2 * step);
    // A step across the corner of a relu or a pool shifts the difference a little.
    expect(Math.abs((gradient[i] as number) - numerical)).toBeLessThan(0.03 * scale + 1e-4);
  }
}

function referenceLoss(graph: Graph): number {
  const losses = indices.map((index) => {
    const logits = [
      ...(referenceTensors(graph, index).get(graph.outputs[0] as string) as Float32Array),
    ];
    const sum = logits.reduce((total, value) => total + Math.exp(value), 0);
    return Math.log(sum) - (logits[samples.labels[index] as number] as number);
  });
  return losses.reduce((a, b) => a + b) / losses.length;
}

describe('a session', () => {
  it('reports the summed loss and the number of correct answers', () => {
    const graph = smallGraph();
    const { loss, correct } = createSession(graph, { batchSize: 8 }).computeGradients(
      samples,
      indices,
    );
    expect(loss / indices.length).toBeCloseTo(referenceLoss(graph), 5);
    const logits = referenceLogits(graph);
    const answers = indices.map((_, i) => {
      const row = logits.slice(4 * i, 4 * i + 4);
      return row.indexOf(Math.max(...row));
    });
    expect(correct).toBe(
      answers.filter((a, i) => a === samples.labels[indices[i] as number]).length,
    );
  });

  it('gives shards whose gradients add up to those of the batch', () => {
    const session = createSession(smallGraph(), { batchSize: 8 });
    const gradientsOf = (shard: readonly number[]) => {
      session.computeGradients(samples, shard, indices.length);
      return session.gradients();
    };
    const whole = gradientsOf(indices);
    const first = gradientsOf(indices.slice(0, 2));
    const second = gradientsOf(indices.slice(2));
    for (const [name, gradient] of whole) {
      const sum = first.get(name)?.map((value, i) => value + (second.get(name)?.[i] as number));
      expectClose(sum as Float32Array, gradient);
    }
  });

  it('returns the graph with its parameters, changed only by updates', () => {
    const graph = smallGraph();
    const session = createSession(graph, { batchSize: 8 });
    expect(session.toGraph()).toEqual(graph);
    session.computeGradients(samples, indices);
    const before = session.parameters();
    const gradients = session.gradients();
    session.update({ type: 'sgd', learningRate: 0.5 }, 1);
    const after = session.toGraph();
    for (const [name, values] of before) {
      const expected = values.map((value, i) => value - 0.5 * (gradients.get(name)?.[i] as number));
      expectClose(after.tensors.get(name)?.data as Float32Array, expected);
    }
  });

  it('reads raw integer samples as scale * (raw - zeroPoint)', () => {
    const graph = smallGraph();
    const raw = Uint8Array.from({ length: 84 }, (_, i) => (i * 37) % 256);
    const integer = { ...samples, data: raw, count: 1, scale: 1 / 64, zeroPoint: 100 };
    const real = { ...samples, data: Float32Array.from(raw, (v) => (v - 100) / 64), count: 1 };
    const session = createSession(graph, { batchSize: 1, training: false });
    expect(session.forward(integer, [0])).toEqual(session.forward(real, [0]));
  });

  it('trains through a final softmax as if it were not there', () => {
    const graph = smallGraph();
    const session = createSession(withSoftmax(graph, 1), { batchSize: 8 });
    expectClose(session.forward(samples, indices), referenceLogits(graph));
    const seen = new Map<string, Float32Array>();
    collectActivations(withSoftmax(graph, 1), samples, [0], (name, values) => {
      seen.set(name, values.slice());
    });
    const powers = [...(seen.get(graph.outputs[0] as string) as Float32Array)].map(Math.exp);
    const sum = powers.reduce((a, b) => a + b);
    expectClose(
      seen.get('probabilities') as Float32Array,
      powers.map((p) => p / sum),
    );
  });

  it('does not accept samples of another shape, naming both', () => {
    const session = createSession(smallGraph(), { batchSize: 8 });
    const other = separableDataset([5, 5, 1]).train;
    expect(() => session.forward(other, [0])).toThrow(
      "graph 'small': the samples do not fit the input of the graph: expected 1x6x7x2, received 1x5x5x1",
    );
  });

  it('does not accept labels beyond its classes', () => {
    const session = createSession(smallGraph(), { batchSize: 8 });
    const labels = samples.labels.map(() => 4);
    expect(() => session.computeGradients({ ...samples, labels }, [2])).toThrow(
      /sample 2: .*expected 0 to 3, received 4/,
    );
  });

  it('does not accept a graph of integers', () => {
    const graph = smallGraph();
    const tensors = new Map(
      [...graph.tensors].map(([name, t]) => [name, { ...t, dtype: 'int8' as const }]),
    );
    expect(() => createSession({ ...graph, tensors }, { batchSize: 1 })).toThrow(
      "graph 'small', tensor 'input': not a float graph: expected float32, received int8; use the graph that 'wick train' wrote, before it was quantized",
    );
  });

  it('does not accept a tensor with two readers, naming both', () => {
    const graph = smallGraph();
    const last = graph.nodes.at(-1) as Node;
    const again: Node = { ...last, name: 'again', outputs: ['again'] };
    const tensors = new Map(graph.tensors).set('again', {
      name: 'again',
      shape: [1, 4],
      dtype: 'float32',
    });
    const nodes = [...graph.nodes, again];
    expect(() => createSession({ ...graph, tensors, nodes }, { batchSize: 1 })).toThrow(
      /'again'.*two nodes.*dense_11/,
    );
  });
});

describe('batches', () => {
  it('cuts indices into runs, the last one shorter', () => {
    expect([...batches([5, 4, 3, 2, 1], 2)].map((batch) => [...batch])).toEqual([
      [5, 4],
      [3, 2],
      [1],
    ]);
  });
});
