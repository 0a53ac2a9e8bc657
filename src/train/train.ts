import * as v from 'valibot';
import { argMax } from '../arg-max.ts';
import { checkSamples, type Dataset, type Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { elementCount, type Graph } from '../graph/types.ts';
import { createRandom } from '../random.ts';
import { forEachSample } from '../runtime/float.ts';
import { check, seedSchema } from '../schema.ts';
import type { EpochRecord, TrainHistory } from './history.ts';
import type { Optimizer } from './optimizer.ts';
import { batches, createSession, runsOnEngine, type Session } from './session.ts';
import { trainingSettings } from './settings.ts';

/** Where a training run stands. */
export interface TrainProgress {
  /** From 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps (batches) done in this epoch, and of how many. */
  readonly step: number;
  readonly steps: number;
  /** Mean loss, and accuracy from 0 to 1, over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly imagesPerSecond: number;
}

/** What {@link train} needs. */
export interface TrainOptions {
  /** A float graph with initial parameters. */
  readonly graph: Graph;
  readonly dataset: Dataset;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: Optimizer;
  /** The learning rate is multiplied by this after each epoch (default 1). */
  readonly learningRateDecay?: number;
  /** Decides the order of the samples. */
  readonly seed: number;
  /** Called after each step. */
  readonly onProgress?: (progress: TrainProgress) => void;
}

const settingsSchema = v.object({
  ...trainingSettings,
  learningRateDecay: v.optional(trainingSettings.learningRateDecay),
  seed: seedSchema,
});

// Progress is drawn and signals are heard only when the event loop gets a turn.
/** The event loop gets a turn after each epoch and after this many milliseconds of work. */
const turnMilliseconds = 50;

/**
 * Trains a float classifier with softmax and cross entropy. The samples are shuffled anew for each epoch; the last batch
 * of an epoch may be smaller. The same options give the same parameters, byte for byte.
 * Throws a WickError where a setting, the graph or the data do not fit, and where the loss is no longer a number.
 */
export async function train(
  options: TrainOptions,
): Promise<{ readonly graph: Graph; readonly history: TrainHistory }> {
  check(settingsSchema, options, 'training options');
  checkTrainable(options.dataset);
  const { dataset, epochs, optimizer, learningRateDecay = 1, onProgress } = options;
  const samples = dataset.train;
  const batchSize = Math.min(options.batchSize, samples.count);
  const session = createSession(options.graph, { batchSize });
  const random = createRandom(options.seed);
  const order = Uint32Array.from({ length: samples.count }, (_, index) => index);
  const steps = Math.ceil(samples.count / batchSize);
  const stepLosses: number[] = [];
  const records: EpochRecord[] = [];
  let seconds = 0;
  let images = 0;
  let turnStart = performance.now();

  for (let epoch = 1; epoch <= epochs; epoch++) {
    const learningRate = optimizer.learningRate * learningRateDecay ** (epoch - 1);
    random.shuffle(order);
    let lossSum = 0;
    let correct = 0;
    let seen = 0;
    let step = 0;
    for (const batch of batches(order, batchSize)) {
      const start = performance.now();
      const result = session.computeGradients(samples, batch);
      if (!Number.isFinite(result.loss)) throw diverged(stepLosses.length + 1, epoch, learningRate);
      stepLosses.push(result.loss / batch.length);
      session.update({ ...optimizer, learningRate }, stepLosses.length);
      seconds += (performance.now() - start) / 1000;
      images += batch.length;
      lossSum += result.loss;
      correct += result.correct;
      seen += batch.length;
      step++;
      onProgress?.({
        epoch,
        epochs,
        step,
        steps,
        loss: lossSum / seen,
        accuracy: correct / seen,
        imagesPerSecond: images / seconds,
      });
      if (performance.now() - turnStart > turnMilliseconds) {
        await nextTurn();
        turnStart = performance.now();
      }
    }
    records.push({
      epoch,
      loss: lossSum / seen,
      accuracy: correct / seen,
      testAccuracy: accuracyOf(session, dataset.test),
    });
    await nextTurn();
  }
  return {
    graph: session.toGraph(),
    history: { stepLosses, epochs: records, imagesPerSecond: images / seconds },
  };
}

function checkTrainable({ name, train, test }: Dataset): void {
  const where = `data set '${name}'`;
  checkSamples(train, `${where}, training samples`);
  checkSamples(test, `${where}, test samples`);
  if (train.count > 0) return;
  throw new WickError({
    what: 'no samples to train on',
    where,
    expected: 'at least one',
    received: 'none',
    hint: 'give it training samples with their labels',
  });
}

function nextTurn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}

function diverged(step: number, epoch: number, learningRate: number): WickError {
  return new WickError({
    what: 'the loss is no longer a finite number',
    where: `training, step ${step} (epoch ${epoch})`,
    hint: `use a learning rate lower than ${learningRate}`,
  });
}

/**
 * The logits [count][classes] of all samples, before a final softmax; of a graph that the training engine cannot run, its
 * output. Throws a WickError where the graph does not fit.
 */
export function evaluateFloat(graph: Graph, samples: Samples): Float32Array {
  checkSamples(samples, `samples for '${graph.name}'`);
  if (!runsOnEngine(graph)) return outputsByReference(graph, samples);
  const batchSize = Math.max(1, Math.min(64, samples.count));
  return allLogits(createSession(graph, { batchSize, training: false }), samples);
}

/** The first output for each sample, by the naive references. */
function outputsByReference(graph: Graph, samples: Samples): Float32Array {
  const output = graph.outputs[0] as string;
  const length = elementCount(graph.tensors.get(output)?.shape ?? []);
  const outputs = new Float32Array(samples.count * length);
  const indices = Array.from({ length: samples.count }, (_, i) => i);
  let next = 0;
  forEachSample(graph, samples, indices, (values) => {
    outputs.set(values.get(output) as Float32Array, next);
    next += length;
  });
  return outputs;
}

function allLogits(session: Session, samples: Samples): Float32Array {
  const logits = new Float32Array(samples.count * session.classes);
  let offset = 0;
  for (const batch of batches(
    Array.from({ length: samples.count }, (_, i) => i),
    session.batchSize,
  )) {
    logits.set(session.forward(samples, batch), offset);
    offset += batch.length * session.classes;
  }
  return logits;
}

function accuracyOf(session: Session, samples: Samples): number {
  const logits = allLogits(session, samples);
  const { classes } = session;
  let correct = 0;
  for (let i = 0; i < samples.count; i++) {
    if (argMax(logits, i * classes, classes) === samples.labels[i]) correct++;
  }
  return samples.count === 0 ? 0 : correct / samples.count;
}
