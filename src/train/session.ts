import { dataHint, fitsInput, type Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Graph, type Tensor } from '../graph/types.ts';
import { compileForTraining } from './engine/compile.ts';
import { createEngine, type Engine, readParameter, writeParameter } from './engine/execute.ts';
import type { Plan } from './engine/plan.ts';
import { applyOptimizer, type Optimizer } from './optimizer.ts';

/** What a batch of training samples gave. */
export interface BatchResult {
  /** The sum of the samples' losses. */
  readonly loss: number;
  /** How many samples were classified correctly. */
  readonly correct: number;
}

/** A float graph on the training kernels. At most `batchSize` samples go through it at a time. */
export interface Session {
  readonly batchSize: number;
  readonly classes: number;
  /** The logits [indices.length][classes] of these samples, before a final softmax. */
  forward(samples: Samples, indices: ArrayLike<number>): Float32Array;
  /**
   * Forward and backward: leaves the gradient of (sum of these samples' losses) / `total`. Shards of one batch each
   * state the whole batch's size as `total`; their gradients then add up to the batch's.
   */
  computeGradients(samples: Samples, indices: ArrayLike<number>, total?: number): BatchResult;
  /** Updates the parameters from the gradients; `step` counts from 1. */
  update(optimizer: Optimizer, step: number): void;
  /** The parameters by tensor name, in the graph's order. */
  parameters(): ReadonlyMap<string, Float32Array>;
  /** The gradients of the last {@link Session.computeGradients}, by tensor name, in the graph's order. */
  gradients(): ReadonlyMap<string, Float32Array>;
  /** The graph with the session's parameters. */
  toGraph(): Graph;
}

/** What a session is for. */
export interface SessionOptions {
  readonly batchSize: number;
  /** Without training (default true) there is neither a backward pass nor memory for it. */
  readonly training?: boolean;
}

/** Prepares a float graph for training or evaluation. Throws a WickError where the training engine cannot run it. */
export function createSession(
  graph: Graph,
  { batchSize, training = true }: SessionOptions,
): Session {
  const plan = compileForTraining(graph, { batchSize, training, everyTensor: false });
  const engine = startEngine(plan, graph);
  const { kernels } = engine;
  const place = (area: 'parameters' | 'gradients') =>
    engine.address({ area, offset: 0, imageBytes: 0 });
  const read = (area: 'parameters' | 'gradients') =>
    new Map(plan.parameters.map((slot) => [slot.tensor, readParameter(engine, area, slot)]));

  return {
    batchSize,
    classes: plan.classes,
    forward(samples, indices) {
      loadSamples(plan, engine, samples, indices, graph.name);
      engine.forward(indices.length);
      return engine.floats(plan.logits, 0, indices.length * plan.classes).slice();
    },
    computeGradients(samples, indices, total = indices.length) {
      const count = indices.length;
      loadSamples(plan, engine, samples, indices, graph.name);
      loadLabels(plan, engine, samples, indices);
      engine.clearGradients();
      engine.forward(count);
      const correct = engine.address(plan.correct);
      kernels.clear(correct, 4);
      const loss = kernels.softmaxCrossEntropy(
        engine.address(plan.logits),
        engine.address(plan.logitsGradient),
        engine.address(plan.labels),
        correct,
        count,
        plan.classes,
        1 / total,
      );
      engine.backward(count);
      const [counted] = new Int32Array(engine.bytes(plan.correct, 4).slice().buffer);
      return { loss, correct: counted as number };
    },
    update(optimizer, step) {
      const memory = {
        parameters: place('parameters'),
        gradients: place('gradients'),
        state: [engine.state(0), engine.state(1)] as const,
        count: plan.areaBytes.parameters / 4,
      };
      applyOptimizer(kernels, optimizer, memory, step);
    },
    parameters: () => read('parameters'),
    gradients: () => read('gradients'),
    toGraph() {
      const tensors = new Map(graph.tensors);
      for (const [name, data] of read('parameters')) {
        tensors.set(name, { ...(graph.tensors.get(name) as Tensor), data });
      }
      return { ...graph, tensors };
    },
  };
}

/** Whether the training engine has everything that a float graph is made of; graphs that others trained often have more. */
export function runsOnEngine(graph: Graph): boolean {
  // Of a graph that is not float the engine says best what is wrong.
  if ([...graph.tensors.values()].some(({ dtype }) => dtype !== 'float32')) return true;
  try {
    compileForTraining(graph, { batchSize: 1, training: false, everyTensor: true });
    return true;
  } catch (error) {
    if (error instanceof WickError) return false;
    throw error;
  }
}

/**
 * Runs a float graph over samples, node by node as it stands, and shows every node's output tensor: for each sample in
 * the order of `indices`, `visit` is called with the name and the values of each, in execution order. The values are a
 * view that the next sample overwrites.
 */
export function collectActivations(
  graph: Graph,
  samples: Samples,
  indices: ArrayLike<number>,
  visit: (tensorName: string, values: Float32Array) => void,
): void {
  const batchSize = Math.max(1, Math.min(16, indices.length));
  const plan = compileForTraining(graph, { batchSize, training: false, everyTensor: true });
  const engine = startEngine(plan, graph);
  const outputs = graph.nodes.flatMap((node) =>
    node.outputs.map((name) => ({
      name,
      place: plan.values.get(name) as NonNullable<ReturnType<typeof plan.values.get>>,
      length: elementCount((graph.tensors.get(name) as Tensor).shape),
    })),
  );
  for (const batch of batches(indices, batchSize)) {
    loadSamples(plan, engine, samples, batch, graph.name);
    engine.forward(batch.length);
    for (let image = 0; image < batch.length; image++) {
      for (const { name, place, length } of outputs) {
        visit(name, engine.floats(place, image, length));
      }
    }
  }
}

/** The indices in runs of `size`, the last one shorter. */
export function* batches(indices: ArrayLike<number>, size: number): Generator<Uint32Array> {
  const all = Uint32Array.from(indices);
  for (let start = 0; start < all.length; start += size) yield all.subarray(start, start + size);
}

function startEngine(plan: Plan, graph: Graph): Engine {
  const engine = createEngine(plan);
  for (const slot of plan.parameters) {
    // A float32 tensor's data is a Float32Array: compileForTraining has checked the type.
    writeParameter(engine, slot, graph.tensors.get(slot.tensor)?.data as Float32Array);
  }
  return engine;
}

/** Converts raw samples to real values in the engine's input: scale * (raw - zeroPoint). */
function loadSamples(
  plan: Plan,
  engine: Engine,
  samples: Samples,
  indices: ArrayLike<number>,
  graphName: string,
): void {
  const size = elementCount(samples.shape);
  if (!fitsInput(samples.shape, plan.inputShape)) {
    throw new WickError({
      what: 'the samples do not fit the input of the graph',
      where: `graph '${graphName}'`,
      expected: formatShape(plan.inputShape),
      received: formatShape([1, ...samples.shape]),
      hint: dataHint,
    });
  }
  if (indices.length > plan.batchSize) {
    throw new RangeError(`${indices.length} samples do not fit a batch of ${plan.batchSize}`);
  }
  const { data, scale, zeroPoint } = samples;
  for (let image = 0; image < indices.length; image++) {
    const values = engine.floats(plan.input, image, size);
    const start = (indices[image] as number) * size;
    for (let i = 0; i < size; i++) values[i] = scale * ((data[start + i] as number) - zeroPoint);
  }
}

function loadLabels(plan: Plan, engine: Engine, samples: Samples, indices: ArrayLike<number>) {
  const labels = engine.bytes(plan.labels, indices.length);
  for (let image = 0; image < indices.length; image++) {
    const label = samples.labels[indices[image] as number] as number;
    if (label >= plan.classes) {
      throw new WickError({
        what: 'a label is beyond the classes of the graph',
        where: `sample ${indices[image]}`,
        expected: `0 to ${plan.classes - 1}`,
        received: `${label}`,
      });
    }
    labels[image] = label;
  }
}
