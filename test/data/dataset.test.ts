import { describe, expect, it } from 'vitest';
import { byteScale, checkSamples, fitsInput, type Samples } from '../../src/data/dataset.ts';

const samples: Samples = {
  data: new Uint8Array(12),
  shape: [2, 2, 1],
  scale: byteScale,
  zeroPoint: 0,
  labels: new Uint8Array(3),
  count: 3,
};

describe('checkSamples', () => {
  it('takes samples of every element type, and none at all', () => {
    for (const data of [new Uint8Array(12), new Int8Array(12), new Float32Array(12)]) {
      expect(() => checkSamples({ ...samples, data }, 'here')).not.toThrow();
    }
    const none = { ...samples, data: new Uint8Array(0), labels: new Uint8Array(0), count: 0 };
    expect(() => checkSamples(none, 'here')).not.toThrow();
  });

  it.each<[string, object, string]>([
    [
      'fewer labels than samples',
      { labels: new Uint8Array(2) },
      'samples and labels differ in number: expected 3 labels, one for each sample, received 2',
    ],
    [
      'more labels than samples',
      { labels: new Uint8Array(4) },
      'samples and labels differ in number: expected 3 labels, one for each sample, received 4',
    ],
    [
      'fewer values than samples',
      { data: new Uint8Array(11) },
      'the values do not fill the samples: expected 12 values for 3 samples of 2x2x1, received 11',
    ],
    [
      'another shape than its values',
      { shape: [2, 2, 3] },
      'the values do not fill the samples: expected 36 values for 3 samples of 2x2x3, received 12',
    ],
    [
      'no shape',
      { shape: [] },
      'the shape of the samples does not fit: expected whole numbers from 1, as in [28, 28, 1], received []',
    ],
    [
      'a shape without extent',
      { shape: [2, 0, 1] },
      'the shape of the samples does not fit: expected whole numbers from 1, as in [28, 28, 1], received [2, 0, 1]',
    ],
    [
      'a fractional count',
      { count: 2.5 },
      'the number of samples is no whole number: expected one from 0, received 2.5',
    ],
    [
      'plain values',
      { data: new Array(12).fill(0) },
      'the values of the samples have the wrong type: expected a Uint8Array, Int8Array or Float32Array, received Array',
    ],
    [
      'plain labels',
      { labels: [0, 1, 2] },
      'the labels have the wrong type: expected a Uint8Array, received Array',
    ],
    [
      'no labels',
      { labels: undefined },
      'the labels have the wrong type: expected a Uint8Array, received undefined',
    ],
    [
      'a scale of 0',
      { scale: 0 },
      'the scale of the samples does not fit: expected a finite number above 0, received 0',
    ],
    [
      'a zero point that is no number',
      { zeroPoint: Number.NaN },
      'the zero point of the samples does not fit: expected a finite number, received NaN',
    ],
  ])('refuses samples with %s', (_, change, message) => {
    const changed = { ...samples, ...change };
    expect(() => checkSamples(changed, 'here')).toThrow(`here: ${message}`);
  });
});

describe('fitsInput', () => {
  it.each([
    ['the shape itself', [119, 6, 1], [1, 119, 6, 1], true],
    ['it without its one channel', [119, 6, 1], [1, 119, 6], true],
    ['a flat input', [119, 6, 1], [1, 714], true],
    ['it without several channels', [119, 6, 3], [1, 119, 6], false],
    ['other extents of as many values', [119, 6, 1], [1, 6, 119], false],
    ['a shape without a batch', [119, 6, 1], [119, 6], false],
  ])('tells of %s', (_, sample, input, fits) => {
    expect(fitsInput(sample, input)).toBe(fits);
  });
});
