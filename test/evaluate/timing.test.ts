import { describe, expect, it } from 'vitest';
import { measureInference } from '../../src/evaluate/timing.ts';
import { fakeModel } from '../support/fake-model.ts';

const samples = {
  data: Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7),
  shape: [2, 2, 1],
  scale: Math.fround(1 / 255),
  zeroPoint: 0,
  labels: Uint8Array.of(0, 1),
  count: 2,
};

describe('measureInference', () => {
  it('times inferences on the quantized samples, one after another', () => {
    const first: number[] = [];
    const model = fakeModel({
      answer: (input) => {
        first.push(input[0] as number);
        return [0];
      },
    });
    expect(measureInference(model, samples)).toBeGreaterThan(0);
    expect(first.slice(0, 4)).toEqual([-128, -124, -128, -124]);
    expect(first.length).toBeGreaterThan(1000);
  });

  it('is microseconds for one inference', () => {
    // A clock of its own: every inference takes 3 microseconds.
    const { now } = performance;
    let milliseconds = 0;
    performance.now = () => milliseconds;
    try {
      const model = fakeModel({
        answer: () => {
          milliseconds += 0.003;
          return [0];
        },
      });
      expect(measureInference(model, samples)).toBeCloseTo(3, 6);
    } finally {
      performance.now = now;
    }
  });

  it('refuses to time nothing', () => {
    const answer = () => [0];
    expect(() => measureInference(fakeModel({ answer }), { ...samples, count: 0 })).toThrow(
      'fake: nothing to time: expected a model with an input, and at least one sample, received 1 inputs and 0 samples',
    );
    expect(() => measureInference(fakeModel({ inputs: [], answer }), samples)).toThrow(
      /^fake: nothing to time: .+ received 0 inputs and 2 samples$/,
    );
  });
});
