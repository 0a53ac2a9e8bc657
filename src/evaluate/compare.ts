import type { Samples } from '../data/dataset.ts';
import { shiftImages } from '../data/shift.ts';
import { evaluate } from './evaluate.ts';
import type { OpenedModel } from './open.ts';

/** By how many pixels test images are moved, to see what a model makes of that. */
export const comparedShifts = [2, 4] as const;

/** One model in a comparison. Accuracies are 0 to 1. */
export interface ComparisonRow {
  readonly name: string;
  readonly parameters: number;
  readonly macs: number;
  readonly floatAccuracy?: number;
  readonly int8Accuracy?: number;
  /** The share of samples that float and int8 answer alike. */
  readonly agreement?: number;
  /** Accuracy on moved images (of the int8 model where there is one), the mean over up, down, left and right. */
  readonly shifted: readonly { readonly pixels: number; readonly accuracy: number }[];
}

/**
 * Compares models on the same labelled images: cost, accuracy, and accuracy on images moved by a few pixels, where
 * shared weights show. `onProgress` is called with the share that is done, 0 to 1.
 */
export function compare(
  models: readonly OpenedModel[],
  samples: Samples,
  onProgress: (done: number) => void = () => {},
): ComparisonRow[] {
  const steps = models.length * (1 + comparedShifts.length * directions.length);
  let done = 0;
  const finished = <T>(value: T): T => {
    onProgress(++done / steps);
    return value;
  };
  return models.map((model) => {
    const { float, int8, agreement } = finished(evaluate(model, samples));
    const { name, parameters, macs } = model;
    const shipped: OpenedModel = {
      name,
      parameters,
      macs,
      ...(model.int8 ? { int8: model.int8 } : model.float && { float: model.float }),
    };
    return {
      name,
      parameters,
      macs,
      ...(float && { floatAccuracy: float.accuracy }),
      ...(int8 && { int8Accuracy: int8.accuracy }),
      ...(agreement !== undefined && { agreement }),
      shifted: comparedShifts.map((pixels) => {
        const accuracies = directions.map(([dy, dx]) => {
          const moved = evaluate(shipped, shiftImages(samples, dy * pixels, dx * pixels));
          return finished((moved.int8 ?? moved.float)?.accuracy ?? 0);
        });
        return { pixels, accuracy: accuracies.reduce((sum, a) => sum + a, 0) / directions.length };
      }),
    };
  });
}

const directions = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const;
