import { describe, expect, it } from 'vitest';
import { largestOf, smallestOf } from '../src/extremes.ts';

describe('largestOf and smallestOf', () => {
  it('are the ends of the values, or what is given where none lies beyond', () => {
    expect([largestOf([3, -4, 1]), smallestOf([3, -4, 1])]).toEqual([3, -4]);
    expect([largestOf([3, -4], 5), smallestOf([3, -4], -5)]).toEqual([5, -5]);
    expect([largestOf([], 0), largestOf([]), smallestOf([])]).toEqual([0, -Infinity, Infinity]);
  });

  it('are NaN where a value is, as of Math.max and Math.min', () => {
    expect([largestOf([NaN, 1]), smallestOf([1, NaN])]).toEqual([NaN, NaN]);
  });

  it('take more values than a call has arguments', () => {
    const values = Int32Array.from({ length: 500_000 }, (_, i) => i);
    expect(() => Math.max(...values)).toThrow(RangeError);
    expect([largestOf(values), smallestOf(values)]).toEqual([499_999, 0]);
  });
});
