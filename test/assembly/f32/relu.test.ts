import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kernels, place, read, reset, room } from './harness.ts';

const numbers = fc.array(fc.float({ min: -10, max: 10, noNaN: true }), {
  minLength: 1,
  maxLength: 40,
});
const ranges = fc.constantFrom([0, Number.POSITIVE_INFINITY], [0, 6], [-1, 1]);

describe('relu, for any range and length', () => {
  it('clamps to the range, in place too', () => {
    fc.assert(
      fc.property(numbers, ranges, (x, [low, high]) => {
        reset();
        const input = place(x);
        const output = room(x.length);
        kernels.reluForward(input, output, x.length, low as number, high as number);
        kernels.reluForward(input, input, x.length, low as number, high as number);
        const expected = x.map((v) => Math.min(Math.max(v, low as number), high as number) + 0);
        expect([...read(output, x.length)].map((v) => v + 0)).toEqual(expected);
        expect(read(input, x.length)).toEqual(read(output, x.length));
      }),
    );
  });

  it('lets the gradient through only where the output was not clamped', () => {
    fc.assert(
      fc.property(numbers, ranges, (x, [low, high]) => {
        reset();
        const y = place(x.map((v) => Math.min(Math.max(v, low as number), high as number)));
        const dy = place(x.map((_, i) => i + 1));
        kernels.reluBackward(y, dy, dy, x.length, low as number, high as number);
        const inside = (v: number) => v > (low as number) && v < (high as number);
        expect([...read(dy, x.length)]).toEqual(x.map((v, i) => (inside(v) ? i + 1 : 0)));
      }),
    );
  });

  it('keeps NaN, so that a diverged training shows', () => {
    reset();
    const x = place([Number.NaN, 1]);
    kernels.reluForward(x, x, 2, 0, Number.POSITIVE_INFINITY);
    expect([...read(x, 2)]).toEqual([Number.NaN, 1]);
  });
});
