import { checkSamples, type Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { agreement, type Evaluation, evaluatePredictions } from './metrics.ts';
import type { Classifier, OpenedModel } from './open.ts';

/** How a model answers for a test set. */
export interface ModelEvaluation {
  readonly name: string;
  readonly float?: Evaluation;
  readonly int8?: Evaluation;
  /** The share of samples that float and int8 answer alike, 0 to 1, where both are there. */
  readonly agreement?: number;
}

/**
 * Evaluates what a model offers, float and int8, on labelled samples. Throws a WickError where the samples do not fit
 * together or the model's input, a label is none of its classes, or it has none.
 */
export function evaluate(model: OpenedModel, samples: Samples): ModelEvaluation {
  checkSamples(samples, `samples for '${model.name}'`);
  const of = (classifier: Classifier): Evaluation => {
    checkClassifier(model.name, classifier);
    return evaluatePredictions(classifier.classify(samples), samples.labels, classifier.classes);
  };
  const float = model.float && of(model.float);
  const int8 = model.int8 && of(model.int8);
  return {
    name: model.name,
    ...(float && { float }),
    ...(int8 && { int8 }),
    ...(float && int8 && { agreement: agreement(float, int8) }),
  };
}

/** Of one class every answer would be right. */
function checkClassifier(name: string, { classes }: Classifier): void {
  if (classes > 1) return;
  throw new WickError({
    what: 'model gives one value, no classes',
    where: name,
    expected: 'an output for each class',
    received: `${classes}`,
    hint: "read its values with 'wick run'",
  });
}
