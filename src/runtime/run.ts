import type { ModuleDescription } from '../compile/description.ts';
import { WickError } from '../errors.ts';
import { largestOf } from '../extremes.ts';
import { type ActivationData, elementCount, formatShape } from '../graph/types.ts';
import type { LoadedModel } from './model.ts';

/** The score of one class. */
export interface ClassScore {
  readonly index: number;
  readonly label: string;
  /** 0 to 1; the scores of all classes add up to 1. */
  readonly score: number;
  /** The model's raw output: an int8 value, or the real one of a float32 output. */
  readonly output: number;
}

/** What a classifier answers for one input. */
export interface Answer {
  /** The class with the greatest output; the first of them where several are equal. */
  readonly label: string;
  readonly index: number;
  /** Every class, best first. */
  readonly scores: readonly ClassScore[];
}

/** What a model of one output value answers for one input: a regression, or a single probability. */
export interface ValueAnswer {
  /** The real value. */
  readonly value: number;
  /** The model's raw output: an int8 value, or the real one of a float32 output. */
  readonly output: number;
}

/** Whether a model gives one value, which is no class: {@link runValue} is for these, {@link run} for all others. */
export function givesOneValue({ outputs }: Pick<ModuleDescription, 'outputs'>): boolean {
  return outputs.length === 1 && elementCount(outputs[0]?.shape ?? []) === 1;
}

/**
 * Runs one inference, of a stateful model the first, and names the class, see {@link answerOf}. Throws a WickError where the
 * input has the wrong length or type, or the model gives one value and no classes.
 */
export function run(model: LoadedModel, input: ActivationData): Answer {
  const { description } = model;
  if (givesOneValue(description)) {
    throw new WickError({
      what: 'model gives one value, no classes',
      where: description.name,
      expected: 'an output for each class',
      received: '1 output',
      hint: 'read its value with runValue',
    });
  }
  return bestClassOf(description, inferFirst(model, input));
}

/**
 * Runs one inference, of a stateful model the first, of a model that gives one value. Throws a WickError where the input has
 * the wrong length or type, or the model gives more.
 */
export function runValue(model: LoadedModel, input: ActivationData): ValueAnswer {
  const { description } = model;
  if (!givesOneValue(description)) {
    const shapes = description.outputs.map(({ shape }) => formatShape(shape));
    throw new WickError({
      what: 'model gives more than one value',
      where: description.name,
      expected: '1 output of 1 value',
      received: shapes.join(' and ') || 'none',
    });
  }
  return oneValueOf(description, inferFirst(model, input));
}

/**
 * The answer that a model's first output means: its value where the model gives only one, or else its class. The scores are
 * the softmax of the real outputs; where the model ends in a softmax itself (outputs from 0 to 1 in steps of 1/256) they are
 * the outputs, scaled to add up to 1.
 */
export function answerOf(
  description: Pick<ModuleDescription, 'outputs' | 'labels'>,
  outputs: ActivationData,
): Answer | ValueAnswer {
  return givesOneValue(description)
    ? oneValueOf(description, outputs)
    : bestClassOf(description, outputs);
}

function inferFirst(model: LoadedModel, input: ActivationData): ActivationData {
  model.reset();
  const [outputs = new Int8Array(0)] = model.infer([input]);
  return outputs;
}

function oneValueOf(
  description: Pick<ModuleDescription, 'outputs'>,
  outputs: ActivationData,
): ValueAnswer {
  const [value] = realValues(description, outputs);
  return { value: value as number, output: outputs[0] as number };
}

function bestClassOf(
  description: Pick<ModuleDescription, 'outputs' | 'labels'>,
  outputs: ActivationData,
): Answer {
  const real = realValues(description, outputs);
  const { scale, zeroPoint } = description.outputs[0] ?? {};
  const isProbability = scale === 1 / 256 && zeroPoint === -128;
  const most = largestOf(real);
  const weights = real.map((value) => (isProbability ? value : Math.exp(value - most)));
  const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
  const scores = Array.from(outputs, (output, index) => ({
    index,
    label: description.labels[index] ?? String(index),
    score: (weights[index] as number) / total,
    output,
  })).sort((a, b) => b.output - a.output || a.index - b.index);
  const [best] = scores;
  return { label: best?.label ?? '', index: best?.index ?? -1, scores };
}

/** The first output as real values. */
function realValues(
  description: Pick<ModuleDescription, 'outputs'>,
  outputs: ActivationData,
): number[] {
  const { dtype, scale = 1, zeroPoint = 0 } = description.outputs[0] ?? {};
  return Array.from(outputs, (value) =>
    dtype === 'float32' ? value : scale * (value - zeroPoint),
  );
}
