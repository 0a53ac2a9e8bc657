import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkAccumulators } from '../../src/ops/support/pack.ts';
import {
  activationQuantization,
  quantizeValue,
  quantizeWeights,
  type Range,
} from '../../src/quantize/parameters.ts';
import { propertyRuns } from '../support/oracle.ts';

/** Half a step, and what rounding a scale to float32 moves the far end of int8 by. */
const halfStep = (scale: number) => scale * (0.5 + 256 * 2 ** -24);

/** Values below which float32 loses digits are tested apart. */
const flushed = (x: number) => (Math.abs(x) < 1e-30 ? 0 : x);

/** Finite values of the magnitudes that networks hold, 0 among them. */
const real = fc
  .oneof(
    fc.double({ min: -100, max: 100, noNaN: true }),
    fc.double({ min: -1e-6, max: 1e-6, noNaN: true }),
    fc.constantFrom(0, 1, -1, 1e10, -1e10),
  )
  .map(flushed);
const ranges: fc.Arbitrary<Range> = fc
  .tuple(real, real)
  .map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) }));

function one(range: Range): { readonly scale: number; readonly zeroPoint: number } {
  const { scale, zeroPoint, axis } = activationQuantization(range);
  expect([scale.length, zeroPoint.length, axis]).toEqual([1, 1, undefined]);
  return { scale: scale[0] as number, zeroPoint: zeroPoint[0] as number };
}

describe('activationQuantization', () => {
  it('gives a positive float32 scale and an int8 zero point, so that 0 is exact', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        const { scale, zeroPoint } = one(range);
        expect(scale).toBeGreaterThan(0);
        expect(Math.fround(scale)).toBe(scale);
        expect(Number.isInteger(zeroPoint)).toBe(true);
        expect(zeroPoint).toBeGreaterThanOrEqual(-128);
        expect(zeroPoint).toBeLessThanOrEqual(127);
        expect(quantizeValue(0, scale, zeroPoint)).toBe(zeroPoint);
      }),
      { numRuns: 10 * propertyRuns },
    );
  });

  it('covers the range to within half a step, with no step to spare', () => {
    fc.assert(
      fc.property(ranges, (range) => {
        const { scale, zeroPoint } = one(range);
        const [min, max] = [Math.min(range.min, 0), Math.max(range.max, 0)];
        const [least, most] = [scale * (-128 - zeroPoint), scale * (127 - zeroPoint)];
        expect(least).toBeLessThanOrEqual(min + halfStep(scale));
        expect(most).toBeGreaterThanOrEqual(max - halfStep(scale));
        if (max > min) expect(255 * scale).toBeLessThanOrEqual((max - min) * (1 + 2 ** -23));
      }),
      { numRuns: 10 * propertyRuns },
    );
  });

  it.each([
    ['raw bytes', { min: 0, max: 255 }, { scale: 1, zeroPoint: -128 }],
    ['what a relu gives', { min: 0, max: 25.5 }, { scale: Math.fround(0.1), zeroPoint: -128 }],
    ['only positive values', { min: 51, max: 255 }, { scale: 1, zeroPoint: -128 }],
    ['only negative values', { min: -255, max: -51 }, { scale: 1, zeroPoint: 127 }],
    ['int8 itself', { min: -128, max: 127 }, { scale: 1, zeroPoint: 0 }],
    ['nothing but 0', { min: 0, max: 0 }, { scale: 1, zeroPoint: -128 }],
  ])('takes %s as one expects', (_, range, expected) => {
    expect(one(range)).toEqual(expected);
  });

  it('gives ranges too small for a float32 scale a scale all the same', () => {
    for (const max of [Number.MIN_VALUE, 1e-50, 2 ** -149, 1e-40]) {
      const { scale, zeroPoint } = one({ min: 0, max });
      expect(scale).toBeGreaterThan(0);
      expect(zeroPoint).toBe(-128);
      expect(one({ min: -max, max: 0 }).zeroPoint).toBeLessThanOrEqual(127);
    }
  });
});

describe('quantizeValue', () => {
  it('rounds halves away from zero and saturates', () => {
    const step = (value: number, zeroPoint = 0) => quantizeValue(value, 0.5, zeroPoint);
    expect([0.25, 0.75, 0.2, 1].map((value) => step(value))).toEqual([1, 2, 0, 2]);
    expect([-0.25, -0.75, -1].map((value) => step(value))).toEqual([-1, -2, -2]);
    expect(step(0.25, -7)).toBe(-6);
    expect([1000, -1000].map((value) => step(value, 100))).toEqual([127, -128]);
  });
});

describe('quantizeWeights', () => {
  const weight = fc.oneof(
    fc.float({ min: -8, max: 8, noNaN: true }).map(flushed),
    fc.constantFrom(0, Math.fround(1e-20), Math.fround(-1e-20)),
  );
  const bias = fc.oneof(
    fc.float({ min: -8, max: 8, noNaN: true }).map(flushed),
    fc.constantFrom(0, 1e6, -1e6),
  );
  const layers = fc
    .record({ channels: fc.integer({ min: 1, max: 5 }), depth: fc.integer({ min: 1, max: 12 }) })
    .chain(({ channels, depth }) =>
      fc.record({
        weights: fc
          .array(weight, { minLength: channels * depth, maxLength: channels * depth })
          .map((list) => Float32Array.from(list)),
        bias: fc
          .array(bias, { minLength: channels, maxLength: channels })
          .map((list) => Float32Array.from(list)),
        inputScale: fc.constantFrom(1, 0.5, Math.fround(1 / 255), Math.fround(0.003)),
      }),
    );

  it('keeps weights within 127 steps and each to within half a step', () => {
    fc.assert(
      fc.property(layers, ({ weights, bias, inputScale }) => {
        const quantized = quantizeWeights(weights, bias, inputScale);
        const depth = weights.length / bias.length;
        weights.forEach((value, index) => {
          const q = quantized.weights[index] as number;
          const scale = quantized.weightScales[Math.floor(index / depth)] as number;
          expect(Math.abs(q)).toBeLessThanOrEqual(127);
          expect(Math.abs(q * scale - value)).toBeLessThanOrEqual(halfStep(scale));
        });
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it('gives float32 scales, and biases to within half of a step of theirs', () => {
    fc.assert(
      fc.property(layers, ({ weights, bias, inputScale }) => {
        const { weightScales, biasScales, bias: q } = quantizeWeights(weights, bias, inputScale);
        expect([weightScales.length, biasScales.length]).toEqual([bias.length, bias.length]);
        bias.forEach((value, c) => {
          const [weightScale, biasScale] = [weightScales[c], biasScales[c]] as [number, number];
          expect(weightScale).toBeGreaterThan(0);
          expect(Math.fround(weightScale)).toBe(weightScale);
          expect(biasScale).toBe(Math.fround(inputScale * weightScale));
          const error = Math.abs((q[c] as number) * biasScale - value);
          expect(error).toBeLessThanOrEqual(biasScale / 2 + Math.abs(value) * 2 ** -50);
        });
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it('leaves every accumulator room', () => {
    fc.assert(
      fc.property(layers, ({ weights, bias, inputScale }) => {
        const quantized = quantizeWeights(weights, bias, inputScale);
        const depth = weights.length / bias.length;
        expect(() => checkAccumulators(quantized.weights, depth, quantized.bias)).not.toThrow();
      }),
      { numRuns: propertyRuns },
    );
  });

  it('quantizes channels along the last axis as it does along the first', () => {
    fc.assert(
      fc.property(layers, ({ weights, bias, inputScale }) => {
        const channels = bias.length;
        const depth = weights.length / channels;
        const transposed = weights.map(
          (_, i) => weights[(i % channels) * depth + Math.floor(i / channels)] as number,
        );
        const first = quantizeWeights(weights, bias, inputScale);
        const last = quantizeWeights(transposed, bias, inputScale, 1);
        expect({ ...last, weights: null }).toEqual({ ...first, weights: null });
        first.weights.forEach((value, i) => {
          expect(last.weights[(i % depth) * channels + Math.floor(i / depth)]).toBe(value);
        });
      }),
      { numRuns: propertyRuns },
    );
  });

  it('uses the whole of [-127, 127] where no bias is in the way', () => {
    const quantized = quantizeWeights(
      Float32Array.of(-2, 1, 0.5, 0, 0.25, 0.125),
      new Float32Array(2),
      1,
    );
    expect(quantized.weights).toEqual(Int8Array.of(-127, 64, 32, 0, 127, 64));
    expect(quantized.weightScales).toEqual([Math.fround(2 / 127), Math.fround(0.25 / 127)]);
  });

  it('gives a channel of zeros a scale of 1, and its bias that of the input', () => {
    const { weights, weightScales, bias } = quantizeWeights(
      new Float32Array(4),
      new Float32Array(2),
      0.5,
    );
    expect(weights).toEqual(new Int8Array(4));
    expect(weightScales).toEqual([1, 1]);
    expect(bias).toEqual(new Int32Array(2));
  });

  it('keeps a huge bias over tiny weights, at the weights’ cost', () => {
    const tiny = Float32Array.of(1e-9, -1e-9);
    const { weights, weightScales, bias, biasScales } = quantizeWeights(
      tiny,
      Float32Array.of(1000),
      0.01,
    );
    expect(weightScales[0]).toBe(Math.fround(1000 / (0.01 * 2 ** 30)));
    expect(Math.abs((bias[0] as number) - 2 ** 30)).toBeLessThanOrEqual(2 ** 7);
    expect((bias[0] as number) * (biasScales[0] as number)).toBeCloseTo(1000, 3);
    expect(weights).toEqual(new Int8Array(2));
  });
});
