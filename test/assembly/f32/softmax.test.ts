import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  anySeed,
  bytesAt,
  expectClose,
  kernels,
  noise,
  place,
  read,
  reset,
  room,
} from './harness.ts';

const sizes = fc.record({
  count: fc.integer({ min: 1, max: 6 }),
  classes: fc.integer({ min: 1, max: 12 }),
  /** Large logits overflow a softmax that does not subtract the maximum. */
  magnitude: fc.constantFrom(1, 10, 200),
});

function softmax(row: readonly number[]): number[] {
  const largest = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((value) => value / sum);
}

/** Applies `f` to each row of `width` numbers. */
function byRow(values: Float32Array, width: number, f: (row: number[], index: number) => number[]) {
  const rows = Array.from({ length: values.length / width }, (_, i) => [
    ...values.subarray(i * width, (i + 1) * width),
  ]);
  return rows.flatMap(f);
}

describe('softmax', () => {
  it('gives the probabilities of each row', () => {
    fc.assert(
      fc.property(sizes, anySeed, ({ count, classes, magnitude }, seed) => {
        reset();
        const x = noise(count * classes, seed).map((v) => v * magnitude);
        const y = room(x.length);
        kernels.softmaxForward(place(x), y, count, classes, 0.5);
        const expected = byRow(x, classes, (row) => softmax(row.map((v) => v / 2)));
        expectClose(read(y, x.length), expected);
      }),
    );
  });
});

describe('softmax and cross entropy', () => {
  it('sums -log(p of the label), counts the correct rows and leaves scale * (p - onehot)', () => {
    fc.assert(
      fc.property(sizes, anySeed, ({ count, classes, magnitude }, seed) => {
        reset();
        const logits = noise(count * classes, seed).map((v) => v * magnitude);
        const labels = Array.from(noise(count, seed + 1), (v) =>
          Math.floor(((v + 1) / 2) * classes),
        );
        const address = place(logits);
        const labelsAt = room(count);
        bytesAt(labelsAt, count).set(labels);
        const correct = place([0]);
        const scale = 1 / count;
        const loss = kernels.softmaxCrossEntropy(
          address,
          address,
          labelsAt,
          correct,
          count,
          classes,
          scale,
        );

        let expectedLoss = 0;
        let expectedCorrect = 0;
        const gradient = byRow(logits, classes, (row, i) => {
          const label = labels[i] as number;
          const largest = Math.max(...row);
          const sum = row.reduce((total, v) => total + Math.exp(v - largest), 0);
          expectedLoss += Math.log(sum) - ((row[label] as number) - largest);
          if (row.indexOf(largest) === label) expectedCorrect++;
          return softmax(row).map((p, j) => scale * (p - (j === label ? 1 : 0)));
        });
        // A sure row's loss is the logarithm of almost 1, and its gradient almost 1 less 1.
        expectClose([loss], [expectedLoss], count);
        expectClose(read(address, logits.length), gradient, scale);
        expect(new DataView(bytesAt(correct, 4).slice().buffer).getInt32(0, true)).toBe(
          expectedCorrect,
        );
      }),
    );
  });
});
