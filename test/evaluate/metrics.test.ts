import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WickError } from '../../src/errors.ts';
import { agreement, disagreements, evaluatePredictions } from '../../src/evaluate/metrics.ts';

const classes = 7;

/** Two lists of classes of the same length, one sample at least. */
const pairs = fc
  .array(fc.tuple(fc.nat(classes - 1), fc.nat(classes - 1)), { minLength: 1, maxLength: 60 })
  .map((list) => ({
    a: Uint8Array.from(list, ([a]) => a),
    b: Uint8Array.from(list, ([, b]) => b),
  }));

describe('evaluatePredictions', () => {
  it('counts each truth and answer', () => {
    const evaluation = evaluatePredictions(
      Uint8Array.of(0, 1, 1, 2, 0),
      Uint8Array.of(0, 1, 2, 2, 1),
      3,
    );
    expect(evaluation.confusion).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [0, 1, 1],
    ]);
    expect(evaluation).toMatchObject({ count: 5, correct: 3, accuracy: 0.6 });
  });

  it('has one count for each sample, the correct ones on the diagonal, a row for each true class', () => {
    fc.assert(
      fc.property(pairs, ({ a: predictions, b: labels }) => {
        const { count, correct, accuracy, confusion } = evaluatePredictions(
          predictions,
          labels,
          classes,
        );
        expect(count).toBe(labels.length);
        expect(confusion.flat().reduce((sum, n) => sum + n, 0)).toBe(count);
        expect(confusion.reduce((sum, row, i) => sum + (row[i] as number), 0)).toBe(correct);
        expect(accuracy).toBe(correct / count);
        confusion.forEach((row, truth) => {
          expect(row).toHaveLength(classes);
          expect(row.reduce((sum, n) => sum + n, 0)).toBe(
            labels.filter((label) => label === truth).length,
          );
        });
      }),
    );
  });

  it('is transposed when predictions and labels change places', () => {
    fc.assert(
      fc.property(pairs, ({ a, b }) => {
        const one = evaluatePredictions(a, b, classes).confusion;
        const other = evaluatePredictions(b, a, classes).confusion;
        expect(other).toEqual(one.map((_, i) => one.map((row) => row[i])));
      }),
    );
  });

  it('refuses lists of unequal length, an empty test set and classes out of range', () => {
    const evaluate = (predictions: number[], labels: number[]) => () =>
      evaluatePredictions(Uint8Array.from(predictions), Uint8Array.from(labels), 3);
    expect(evaluate([0, 1], [0])).toThrow(/expected 2 samples in both, received 1/);
    expect(evaluate([], [])).toThrow(/at least one sample/);
    expect(evaluate([0, 3], [0, 1])).toThrow(/sample 1: a prediction .* from 0 to 2, received 3/);
    expect(evaluate([0, 1], [9, 1])).toThrow(/sample 0: a label .* from 0 to 2, received 9/);
  });
});

describe('agreement and disagreements', () => {
  const evaluate = (predictions: Uint8Array) =>
    evaluatePredictions(predictions, new Uint8Array(predictions.length), classes);

  it('are about equal answers, whether right or wrong', () => {
    const a = evaluate(Uint8Array.of(0, 5, 5, 0));
    const b = evaluate(Uint8Array.of(0, 5, 4, 1));
    expect(agreement(a, b)).toBe(0.5);
    expect(disagreements(a, b, 10)).toEqual([2, 3]);
  });

  it('complement each other', () => {
    fc.assert(
      fc.property(pairs, ({ a, b }) => {
        const [one, other] = [evaluate(a), evaluate(b)];
        const indices = disagreements(one, other, a.length);
        expect(agreement(one, other)).toBe((a.length - indices.length) / a.length);
        expect(indices).toEqual([...a.keys()].filter((i) => a[i] !== b[i]));
        expect(agreement(one, one)).toBe(1);
        expect(agreement(other, one)).toBe(agreement(one, other));
      }),
    );
  });

  it('stops at the limit, with the first samples', () => {
    fc.assert(
      fc.property(pairs, fc.nat(10), ({ a, b }, limit) => {
        const [one, other] = [evaluate(a), evaluate(b)];
        const all = disagreements(one, other, a.length);
        expect(disagreements(one, other, limit)).toEqual(all.slice(0, limit));
      }),
    );
  });

  it('refuses evaluations of different test sets', () => {
    const [a, b] = [evaluate(Uint8Array.of(1)), evaluate(Uint8Array.of(1, 2))];
    expect(() => agreement(a, b)).toThrow(WickError);
    expect(() => disagreements(a, b, 1)).toThrow(WickError);
  });
});
