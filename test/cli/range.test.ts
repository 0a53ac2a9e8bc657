import { describe, expect, it } from 'vitest';
import { rangeProblem } from '../../src/cli/range.ts';

const byte = Math.fround(1 / 255);
const everyByte = Uint8Array.from({ length: 256 }, (_, i) => i);
const images = { data: everyByte, scale: byte, zeroPoint: 0 };

describe('rangeProblem', () => {
  it('finds nothing where bytes become int8 values one to one, or half the range is free', () => {
    expect(rangeProblem(images, { scale: byte, zeroPoint: -128 })).toBeUndefined();
    expect(rangeProblem(images, { scale: 2 * byte, zeroPoint: 0 })).toBeUndefined();
    expect(rangeProblem({ ...images, scale: 1 }, { scale: 1, zeroPoint: -128 })).toBeUndefined();
  });

  it('finds bytes of 0 to 1 in an input of 0 to 255', () => {
    expect(rangeProblem(images, { scale: 1, zeroPoint: -128 })).toBe(
      'the 256 different bytes of the samples fall into 2 of the 256 steps of the range of the input, 0 to 255; --scale 1 takes bytes one to one',
    );
  });

  it('finds bytes of 0 to 255 in an input of -1 to 1', () => {
    const input = { scale: 1 / 128, zeroPoint: 0 };
    expect(rangeProblem({ ...images, scale: 1 }, input)).toBe(
      '255 of 256 values (99.6%) lie beyond the range of the input, -1 to 0.992188, and are clipped; say with --scale what a step of the samples is worth',
    );
  });

  it('finds floats beyond the range, above or below; a tenth may be', () => {
    const input = { scale: 0.1, zeroPoint: -28 };
    const floats = (beyond: number) => ({
      data: Float32Array.from({ length: 100 }, (_, i) => (i < beyond ? (i % 2 ? 16 : -11) : 15.5)),
      scale: 1,
      zeroPoint: 0,
    });
    expect(rangeProblem(floats(10), input)).toBeUndefined();
    expect(rangeProblem(floats(11), input)).toMatch(
      /^11 of 100 values \(11\.0%\) lie beyond the range of the input, -10 to 15\.5, and are clipped; say/,
    );
  });

  it('counts what is rounded to an end as inside', () => {
    const rounded = { data: new Float32Array(9).fill(127.4), scale: 1, zeroPoint: 0 };
    expect(rangeProblem(rounded, { scale: 1, zeroPoint: 0 })).toBeUndefined();
  });

  it('takes few different values as they are: drawings are black and white', () => {
    const drawing = { ...images, data: Uint8Array.of(0, 255, 255, 0) };
    expect(rangeProblem(drawing, { scale: byte, zeroPoint: -128 })).toBeUndefined();
  });
});
