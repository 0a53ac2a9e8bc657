import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anySeed, expectClose, kernels, noise, place, read, reset, room } from './harness.ts';

const between = (min: number, max: number) => fc.integer({ min, max });

/** Padding stays below the kernel, so that every window has a pixel. */
const pools = fc
  .record({
    channels: between(1, 20),
    kernel: fc.tuple(between(1, 3), between(1, 3)),
    stride: fc.tuple(between(1, 3), between(1, 3)),
    size: fc.tuple(between(3, 7), between(3, 7)),
    before: fc.tuple(between(0, 2), between(0, 2)),
    after: fc.tuple(between(0, 2), between(0, 2)),
  })
  .map(({ channels, kernel, stride, size, before, after }) => {
    const axis = (i: 0 | 1) => {
      const first = Math.min(before[i], kernel[i] - 1);
      const last = Math.min(after[i], kernel[i] - 1);
      const out = Math.floor((size[i] + first + last - kernel[i]) / stride[i]) + 1;
      return { extent: size[i], kernel: kernel[i], stride: stride[i], before: first, out };
    };
    return { channels, y: axis(0), x: axis(1) };
  });

type Pool = typeof pools extends fc.Arbitrary<infer T> ? T : never;

/** The output, and for each output the index of the input that won (the first of equals). */
function naive({ channels, y, x }: Pool, input: Float32Array) {
  const output: number[] = [];
  const winners: number[] = [];
  for (let oy = 0; oy < y.out; oy++)
    for (let ox = 0; ox < x.out; ox++)
      for (let channel = 0; channel < channels; channel++) {
        let winner = -1;
        for (let u = 0; u < y.kernel; u++)
          for (let v = 0; v < x.kernel; v++) {
            const row = oy * y.stride + u - y.before;
            const column = ox * x.stride + v - x.before;
            if (row < 0 || column < 0 || row >= y.extent || column >= x.extent) continue;
            const index = (row * x.extent + column) * channels + channel;
            if (winner < 0 || (input[index] as number) > (input[winner] as number)) winner = index;
          }
        output.push(input[winner] as number);
        winners.push(winner);
      }
  return { output, winners };
}

function forward({ channels, y, x }: Pool, input: Float32Array) {
  const length = y.out * x.out * channels;
  const output = room(length);
  const winners = room(length);
  kernels.maxPool2dForward(
    place(input),
    output,
    winners,
    y.extent,
    x.extent,
    channels,
    y.out,
    x.out,
    y.kernel,
    x.kernel,
    y.stride,
    x.stride,
    y.before,
    x.before,
  );
  return { output: read(output, length), winners };
}

/** Numbers with many equals among them. */
const coarse = (length: number, seed: number) => noise(length, seed).map((v) => Math.round(v * 3));

describe('max_pool2d, for any window, stride and padding', () => {
  it('takes the largest number of each window inside the image', () => {
    fc.assert(
      fc.property(pools, anySeed, (pool, seed) => {
        reset();
        const input = coarse(pool.y.extent * pool.x.extent * pool.channels, seed);
        expect([...forward(pool, input).output]).toEqual(naive(pool, input).output);
      }),
    );
  });

  it('sends each gradient to the first pixel that won, and adds up where windows overlap', () => {
    fc.assert(
      fc.property(pools, anySeed, (pool, seed) => {
        reset();
        const { channels, y, x } = pool;
        const input = coarse(y.extent * x.extent * channels, seed);
        const { winners } = forward(pool, input);
        const dy = noise(y.out * x.out * channels, seed + 1);
        const dx = room(input.length);
        const pixels = y.extent * x.extent;
        kernels.maxPool2dBackward(place(dy), winners, dx, pixels, y.out * x.out, channels);
        const expected = new Float64Array(input.length);
        naive(pool, input).winners.forEach((winner, i) => {
          expected[winner] = (expected[winner] as number) + (dy[i] as number);
        });
        expectClose(read(dx, input.length), expected);
      }),
    );
  });
});
