import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smooth, thin } from '../../src/report/series.ts';

const losses = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), {
  minLength: 1,
  maxLength: 200,
});

describe('smooth', () => {
  it('starts at the first value and stays on a constant sequence', () => {
    expect(smooth([4, 0], 9)[0]).toBe(4);
    for (const value of smooth(new Array<number>(50).fill(2.3), 9)) expect(value).toBeCloseTo(2.3);
  });

  it('stays between the extremes so far', () => {
    fc.assert(
      fc.property(losses, fc.integer({ min: 1, max: 50 }), (values, span) => {
        smooth(values, span).forEach((average, i) => {
          const seen = values.slice(0, i + 1);
          expect(average).toBeGreaterThanOrEqual(Math.min(...seen) - 1e-9);
          expect(average).toBeLessThanOrEqual(Math.max(...seen) + 1e-9);
        });
      }),
    );
  });

  it('passes over values that are not finite', () => {
    const [, second, third] = smooth([1, Number.NaN, 1], 3);
    expect([second, third]).toEqual([1, 1]);
  });
});

describe('thin', () => {
  it('keeps every point of a sequence that is short enough', () => {
    expect(thin([3, 1, 2], 5)).toEqual([
      { step: 1, loss: 3 },
      { step: 2, loss: 1 },
      { step: 3, loss: 2 },
    ]);
  });

  it('keeps the extremes, in order, in at most two points a bucket', () => {
    fc.assert(
      fc.property(losses, fc.integer({ min: 1, max: 40 }), (values, buckets) => {
        const points = thin(values, buckets);
        expect(points.length).toBeLessThanOrEqual(2 * buckets);
        const kept = points.map(({ loss }) => loss);
        expect(Math.max(...kept)).toBe(Math.max(...values));
        expect(Math.min(...kept)).toBe(Math.min(...values));
        points.forEach(({ step, loss }, i) => {
          expect(values[step - 1]).toBe(loss);
          if (i > 0) expect(step).toBeGreaterThan(points[i - 1]?.step as number);
        });
      }),
    );
  });

  it('leaves out what is not finite', () => {
    expect(thin([Number.NaN, 2, Number.POSITIVE_INFINITY], 1)).toEqual([{ step: 2, loss: 2 }]);
  });
});
