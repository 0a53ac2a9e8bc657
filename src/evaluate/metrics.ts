import { WickError } from '../errors.ts';

/** How a model's answers compare with the labels of a test set. */
export interface Evaluation {
  readonly count: number;
  readonly correct: number;
  /** correct / count, 0 to 1. */
  readonly accuracy: number;
  /** confusion[truth][answer]: how many samples. */
  readonly confusion: readonly (readonly number[])[];
  /** The model's answer for each sample. */
  readonly predictions: Uint8Array;
}

/**
 * Compares answers with labels, sample by sample. Both have one class index (below `classes`) a sample.
 * Throws a WickError if there is no sample, if the lengths differ, or if a class is out of range.
 */
export function evaluatePredictions(
  predictions: Uint8Array,
  labels: Uint8Array,
  classes: number,
): Evaluation {
  checkPaired(predictions, labels, 'predictions and labels');
  checkClasses(predictions, classes, 'prediction');
  checkClasses(labels, classes, 'label');
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    const truth = labels[i] as number;
    const answer = predictions[i] as number;
    const row = confusion[truth] as number[];
    row[answer] = (row[answer] as number) + 1;
    if (truth === answer) correct += 1;
  }
  const count = labels.length;
  return { count, correct, accuracy: correct / count, confusion, predictions };
}

/**
 * The share of samples, 0 to 1, that two models answer alike, rightly or wrongly.
 * Throws a WickError if they were not evaluated on equally many samples.
 */
export function agreement(a: Evaluation, b: Evaluation): number {
  checkPaired(a.predictions, b.predictions, 'the evaluations');
  const { length } = a.predictions;
  return (length - disagreements(a, b, length).length) / length;
}

/**
 * The indices of the first `limit` samples that two models answer differently, in ascending order.
 * Throws a WickError if they were not evaluated on equally many samples.
 */
export function disagreements(a: Evaluation, b: Evaluation, limit: number): number[] {
  checkPaired(a.predictions, b.predictions, 'the evaluations');
  const indices: number[] = [];
  for (let i = 0; i < a.predictions.length && indices.length < limit; i++)
    if (a.predictions[i] !== b.predictions[i]) indices.push(i);
  return indices;
}

function checkPaired(a: Uint8Array, b: Uint8Array, what: string): void {
  if (a.length !== b.length)
    throw new WickError({
      what: `${what} do not cover the same samples`,
      expected: `${a.length} samples in both`,
      received: `${b.length} in the second`,
    });
  if (a.length === 0)
    throw new WickError({
      what: `${what} are empty`,
      expected: 'at least one sample',
      received: 'none',
      hint: 'evaluate on a data set that has test samples',
    });
}

function checkClasses(values: Uint8Array, classes: number, kind: string): void {
  const index = values.findIndex((value) => value >= classes);
  if (index >= 0)
    throw new WickError({
      what: `a ${kind} is not a class of the model`,
      where: `sample ${index}`,
      expected: `a class from 0 to ${classes - 1}`,
      received: String(values[index]),
    });
}
