import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/evaluate/evaluate.ts';
import type { Classifier, OpenedModel } from '../../src/evaluate/open.ts';

const samples = {
  data: Uint8Array.of(2, 0, 1, 1),
  shape: [1, 1, 1],
  scale: 1,
  zeroPoint: 0,
  labels: Uint8Array.of(2, 0, 1, 0),
  count: 4,
};

/** A classifier of 3 classes that answers with a function of the sample's one value. */
const classifier = (kind: Classifier['kind'], answer: (value: number) => number): Classifier => ({
  kind,
  classes: 3,
  classify: ({ data }) => Uint8Array.from(data, answer),
});
const cost = { name: 'model', parameters: 1, macs: 2 };
const float = classifier('float', (value) => value);
const int8 = classifier('int8', (value) => Math.min(value, 1));

describe('evaluate', () => {
  it('evaluates float and int8, and how often they agree', () => {
    const model: OpenedModel = { ...cost, float, int8 };
    const evaluation = evaluate(model, samples);
    expect(evaluation).toMatchObject({ name: 'model', agreement: 0.75 });
    expect(evaluation.float).toEqual({
      count: 4,
      correct: 3,
      accuracy: 0.75,
      confusion: [
        [1, 1, 0],
        [0, 1, 0],
        [0, 0, 1],
      ],
      predictions: Uint8Array.of(2, 0, 1, 1),
    });
    expect(evaluation.int8).toMatchObject({
      accuracy: 0.5,
      predictions: Uint8Array.of(1, 0, 1, 1),
    });
  });

  it.each([
    ['float', { float }],
    ['int8', { int8 }],
  ])('evaluates %s alone where there is nothing else', (kind, only) => {
    expect(Object.keys(evaluate({ ...cost, ...only }, samples))).toEqual(['name', kind]);
  });

  it('refuses samples that do not fit together', () => {
    const labels = samples.labels.subarray(1);
    expect(() => evaluate({ ...cost, float }, { ...samples, labels })).toThrow(
      "samples for 'model': samples and labels differ in number: ",
    );
  });

  it('refuses a model of one value, of which every answer would be right', () => {
    const labels = new Uint8Array(4);
    const one = { ...classifier('int8', () => 0), classes: 1 };
    expect(() => evaluate({ ...cost, int8: one }, { ...samples, labels })).toThrow(
      "model: model gives one value, no classes: expected an output for each class, received 1; read its values with 'wick run'",
    );
  });

  it('refuses a label that is none of the classes', () => {
    const labels = Uint8Array.of(2, 0, 3, 0);
    expect(() => evaluate({ ...cost, float }, { ...samples, labels })).toThrow(
      'sample 2: a label is not a class of the model: expected a class from 0 to 2, received 3',
    );
  });
});
