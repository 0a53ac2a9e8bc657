import { describe, expect, it } from 'vitest';
import type { Samples } from '../../src/data/dataset.ts';
import { compare, comparedShifts } from '../../src/evaluate/compare.ts';
import type { Classifier } from '../../src/evaluate/open.ts';

/** Images of 9x9 pixels; the class of each is the brightness of its only pixel, which lies in the middle. */
const size = 9;
const middle = size * 4 + 4;
const samples: Samples = {
  data: Uint8Array.from({ length: 2 * size * size }, (_, i) =>
    i % (size * size) === middle ? 1 + Math.floor(i / (size * size)) : 0,
  ),
  shape: [size, size, 1],
  scale: 1,
  zeroPoint: 0,
  labels: Uint8Array.of(1, 2),
  count: 2,
};

/** Answers with the brightest of the pixels that it looks at. */
const looking = (kind: Classifier['kind'], pixels: readonly number[]): Classifier => ({
  kind,
  classes: 3,
  classify: ({ data, count }) =>
    Uint8Array.from({ length: count }, (_, image) =>
      Math.max(...pixels.map((pixel) => data[image * size * size + pixel] as number)),
    ),
});
const everywhere = Array.from({ length: size * size }, (_, pixel) => pixel);
const cost = { parameters: 3, macs: 5 };

describe('compare', () => {
  it('moves images by 2 and 4 pixels up, down, left and right', () => {
    const fixed = { name: 'fixed', ...cost, int8: looking('int8', [middle]) };
    const invariant = { name: 'invariant', ...cost, int8: looking('int8', everywhere) };
    const twoUp = { name: 'two up', ...cost, int8: looking('int8', [middle, middle - 2 * size]) };
    const shifts = (...accuracies: readonly number[]) =>
      accuracies.map((accuracy, index) => ({ pixels: [2, 4][index], accuracy }));
    expect(compare([fixed, invariant, twoUp], samples)).toEqual([
      { name: 'fixed', ...cost, int8Accuracy: 1, shifted: shifts(0, 0) },
      { name: 'invariant', ...cost, int8Accuracy: 1, shifted: shifts(1, 1) },
      { name: 'two up', ...cost, int8Accuracy: 1, shifted: shifts(0.25, 0) },
    ]);
    expect(comparedShifts).toEqual([2, 4]);
  });

  it('shows float and int8, and shifts the model that ships', () => {
    const float = looking('float', everywhere);
    const int8 = looking('int8', [middle]);
    const [both, alone] = compare(
      [
        { name: 'both', ...cost, float, int8 },
        { name: 'alone', ...cost, float },
      ],
      samples,
    );
    expect(both).toMatchObject({ floatAccuracy: 1, int8Accuracy: 1, agreement: 1 });
    expect(both?.shifted.map(({ accuracy }) => accuracy)).toEqual([0, 0]);
    expect(alone).toMatchObject({ floatAccuracy: 1 });
    expect(alone).not.toHaveProperty('agreement');
    expect(alone?.shifted.map(({ accuracy }) => accuracy)).toEqual([1, 1]);
  });

  it('tells how far it is, up to 1, in equal steps', () => {
    const model = { name: 'model', ...cost, int8: looking('int8', [middle]) };
    const shares: number[] = [];
    compare([model, model], samples, (done) => shares.push(done));
    expect(shares).toEqual(Array.from({ length: 18 }, (_, step) => (step + 1) / 18));
  });
});
