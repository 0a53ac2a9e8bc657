import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { loadModel } from '../../src/runtime/model.ts';
import { givesOneValue, run, runValue } from '../../src/runtime/run.ts';
import { fakeModel, port } from '../support/fake-model.ts';
import { int8 } from '../support/oracle.ts';
import { statefulClassifier } from '../support/stateful.ts';

const labels = ['cat', 'dog', 'owl'];
const input = new Int8Array(4);
const logits = { scale: 0.1, zeroPoint: 7 };

const answerOf = (
  values: readonly number[],
  { scale, zeroPoint }: { readonly scale: number; readonly zeroPoint: number } = logits,
) => {
  const outputs = [port({ shape: [1, values.length], scale, zeroPoint })];
  return run(fakeModel({ outputs, labels, answer: () => values }), input);
};

describe('run', () => {
  it('names the class with the greatest output and gives all, best first', () => {
    const { label, index, scores } = answerOf([-20, 30, 10]);
    expect({ label, index }).toEqual({ label: 'dog', index: 1 });
    expect(scores.map(({ label, output }) => [label, output])).toEqual([
      ['dog', 30],
      ['owl', 10],
      ['cat', -20],
    ]);
  });

  it('scores by the softmax of the real outputs', () => {
    // Real outputs -2.7, 2.3, 0.3.
    const total = Math.exp(-2.7) + Math.exp(2.3) + Math.exp(0.3);
    const [dog, owl, cat] = answerOf([-20, 30, 10]).scores;
    expect(dog?.score).toBeCloseTo(Math.exp(2.3) / total, 12);
    expect(owl?.score).toBeCloseTo(Math.exp(0.3) / total, 12);
    expect(cat?.score).toBeCloseTo(Math.exp(-2.7) / total, 12);
  });

  it('scores by the outputs themselves where they are probabilities already', () => {
    const probabilities = { scale: 1 / 256, zeroPoint: -128 };
    const { scores } = answerOf([-128, 64, -64], probabilities);
    expect(scores.map(({ score }) => score)).toEqual([192 / 256, 64 / 256, 0]);
  });

  it('takes the first class where outputs are equal', () => {
    const { index, scores } = answerOf([5, 9, 9]);
    expect(index).toBe(1);
    expect(scores.map(({ index }) => index)).toEqual([1, 2, 0]);
  });

  it('names a class by its number where the model has no label for it', () => {
    expect(answerOf([0, 0, 0, 1]).label).toBe('3');
  });

  it('scores more outputs than a call has arguments', () => {
    const { index, scores } = answerOf(Array.from({ length: 200_000 }, (_, i) => i % 100));
    expect([index, scores.length]).toEqual([99, 200_000]);
  });

  it('takes float32 outputs as they are: logits, or probabilities where a softmax is behind them', () => {
    const answer = (values: readonly number[], scale: number, zeroPoint: number) => {
      const changes = { dtype: 'float32', shape: [1, 2], scale, zeroPoint } as const;
      return run(fakeModel({ outputs: [port(changes)], answer: () => values }), input).scores;
    };
    const [second, first] = answer([0.5, 2.5], 0.1, 7);
    expect([second?.output, first?.output]).toEqual([2.5, 0.5]);
    expect(second?.score).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
    expect(answer([0.75, 0.25], 1 / 256, -128).map(({ score }) => score)).toEqual([0.75, 0.25]);
  });

  it('starts a stateful model anew', async () => {
    const model = await loadModel(compile(statefulClassifier(3)).wasm);
    const values = Int8Array.of(100, -100, 50, 0, 90, 10);
    const first = run(model, values);
    expect(run(model, values)).toEqual(first);
    // Without that, the next inference goes on.
    expect([...(model.infer([values])[0] ?? [])]).not.toEqual(
      [...first.scores].sort((a, b) => a.index - b.index).map(({ output }) => output),
    );
  });

  it('scores every class, in order, adding up to 1, whatever the outputs', () => {
    const scale = fc.double({ min: 1e-6, max: 100, noNaN: true });
    const outputs = fc.array(int8, { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(outputs, scale, int8, (values, scale, zeroPoint) => {
        const { index, scores } = answerOf(values, { scale, zeroPoint });
        expect(index).toBe(values.indexOf(Math.max(...values)));
        expect(scores).toHaveLength(values.length);
        let sum = 0;
        scores.forEach(({ score, index, output }, place) => {
          expect(output).toBe(values[index]);
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(scores[place - 1]?.score ?? 1);
          sum += score;
        });
        expect(sum).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe('a model of one value', () => {
  const regression = (changes = {}, ...values: readonly number[]) =>
    fakeModel({
      outputs: [port({ shape: [1, values.length], ...logits, ...changes })],
      answer: () => values,
    });

  it('answers with its real value, beside the output as it is', () => {
    expect(runValue(regression({}, 27), input)).toEqual({ value: 2, output: 27 });
    const float = regression({ dtype: 'float32' }, -0.75);
    expect(runValue(float, input)).toEqual({ value: -0.75, output: -0.75 });
  });

  it('is told from one of classes', () => {
    const [one, two] = [regression({}, 1), regression({}, 1, 2)];
    expect([one, two].map(({ description }) => givesOneValue(description))).toEqual([true, false]);
    const outputs = [port({ shape: [1, 1] }), port({ shape: [1, 1] })];
    expect(givesOneValue({ outputs })).toBe(false);
    expect(() => run(one, input)).toThrow(
      'fake: model gives one value, no classes: expected an output for each class, received 1 output; read its value with runValue',
    );
    expect(() => runValue(two, input)).toThrow(
      'fake: model gives more than one value: expected 1 output of 1 value, received 1x2',
    );
  });
});
