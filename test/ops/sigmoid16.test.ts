import { describe, expect, it } from 'vitest';
import { logistic16, logisticTable, tanh16 } from '../../src/ops/support/sigmoid16.ts';

const everyInt16 = Array.from({ length: 65536 }, (_, i) => i - 32768);

describe('the table of the logistic function', () => {
  it('is the published one', () => {
    // Some of its entries, and two sums over all of them.
    expect([...logisticTable.subarray(0, 8)]).toEqual([
      32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513,
    ]);
    expect([...logisticTable.subarray(-12)]).toEqual([
      ...new Array<number>(1).fill(65533),
      ...new Array<number>(10).fill(65534),
      65535,
    ]);
    const sum = (value: (entry: number, i: number) => number) =>
      logisticTable.reduce((total, entry, i) => total + value(entry, i), 0);
    expect(sum((entry) => entry)).toBe(15670629);
    expect(sum((entry, i) => i * entry)).toBe(2108062945);
  });
});

describe('logistic16', () => {
  it('is within a step and a half of the logistic function, and never falls', () => {
    let last = 0;
    for (const x of everyInt16) {
      const value = logistic16(x);
      const exact = 2 ** 15 / (1 + Math.exp(-x / 2 ** 12));
      expect(Math.abs(value - exact)).toBeLessThan(1.5);
      expect(value).toBeGreaterThanOrEqual(last);
      last = value;
    }
  });

  it.each([
    [0, 16384],
    [32767, 32757],
    [-32768, 11],
    // 1 is entry 24 of the table, 47911, in Q0.16: half of it, rounded.
    [4096, 23956],
  ])('gives for %i %i', (x, value) => {
    expect(logistic16(x)).toBe(value);
  });
});

describe('tanh16', () => {
  it.each([-3, -2, 0, 1, 12])('is near tanh for inputs times 2^%i', (shift) => {
    for (const x of everyInt16) {
      const exact = 2 ** 15 * Math.tanh((x * 2 ** shift) / 2 ** 12);
      // A step of the input, rounded by a right shift, moves the output by up to eight.
      expect(Math.abs(tanh16(x, shift) - exact)).toBeLessThan(4);
    }
  });

  it('rounds inputs that it shifts right, ties upwards', () => {
    // 3 * 2 / 4 is 1.5, which becomes 2; the table's slope there is 683 / 256 a step.
    expect(tanh16(2, -2)).toBe(Math.floor((2 * 683) / 256 + 0.5));
    expect(tanh16(-2, -2)).toBe(Math.floor((-1 * 683) / 256 + 0.499));
  });
});
