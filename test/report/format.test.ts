import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatBytesShort,
  formatCount,
  formatMicroseconds,
  formatPercent,
  formatPoints,
} from '../../src/report/format.ts';

describe('number formats', () => {
  it('writes counts and bytes exactly, with a comma between thousands', () => {
    expect(formatCount(0)).toBe('0');
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatBytes(27_040)).toBe('27,040 B');
    fc.assert(
      fc.property(fc.nat(), (n) => {
        expect(Number(formatBytes(n).replace(/,| B/g, ''))).toBe(n);
      }),
    );
  });

  it.each([
    [784, '784 B'],
    [1_023, '1,023 B'],
    [1_024, '1.00 KiB'],
    [10_239, '10.0 KiB'],
    [27_040, '26.4 KiB'],
    [110_528, '108 KiB'],
    [1_258_291, '1.20 MiB'],
  ])('shortens %i bytes to %s, a KiB being 1024 B', (bytes, text) => {
    expect(formatBytesShort(bytes)).toBe(text);
  });

  it('writes shares in percent and differences in percentage points', () => {
    expect(formatPercent(0.9841)).toBe('98.41%');
    expect(formatPercent(1, 0)).toBe('100%');
    expect(formatPoints(0.0003)).toBe('0.03 pp');
    expect(formatPoints(-0.00125, 3)).toBe('-0.125 pp');
  });

  it('has no negative zero', () => {
    expect(formatPoints(-0.00001)).toBe('0.00 pp');
    expect(formatPercent(-0)).toBe('0.00%');
  });

  it.each([
    [0.5, '0.50 µs'],
    [38.21, '38.2 µs'],
    [999.4, '999 µs'],
    [999.7, '1.00 ms'],
    [12_345, '12.3 ms'],
    [2_050_000, '2.05 s'],
  ])('writes %d microseconds as %s', (microseconds, text) => {
    expect(formatMicroseconds(microseconds)).toBe(text);
  });
});
