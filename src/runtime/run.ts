import type { PortDescription } from '../compile/description.ts';
import { largestOf } from '../extremes.ts';
import type { ActivationData } from '../graph/types.ts';
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

/**
 * Runs one inference, of a stateful model the first, and names the answer, see {@link answerOf}. Throws a WickError where the
 * input has the wrong length or type.
 */
export function run(model: LoadedModel, input: ActivationData): Answer {
  model.reset();
  const [outputs = new Int8Array(0)] = model.infer([input]);
  return answerOf(model.description, outputs);
}

/**
 * The answer that a model's first output means. The scores are the softmax of the real outputs; where the model ends in a
 * softmax itself (outputs from 0 to 1 in steps of 1/256) they are the outputs, scaled to add up to 1.
 */
export function answerOf(
  description: { readonly outputs: readonly PortDescription[]; readonly labels: readonly string[] },
  outputs: ActivationData,
): Answer {
  const { dtype, scale = 1, zeroPoint = 0 } = description.outputs[0] ?? {};
  const real = Array.from(outputs, (value) =>
    dtype === 'float32' ? value : scale * (value - zeroPoint),
  );
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
