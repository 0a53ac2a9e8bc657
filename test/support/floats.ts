import fc from 'fast-check';
import type { BorderParameters } from '../../src/ops/support/float_border.ts';

/** A scale, any positive float32 but for the greatest and the least. */
export const anyScale = fc
  .oneof(
    { weight: 4, arbitrary: fc.double({ min: -12, max: 4, noNaN: true }) },
    { weight: 1, arbitrary: fc.double({ min: -120, max: 120, noNaN: true }) },
  )
  .map((exponent) => Math.fround(2 ** exponent));

const special = [
  0,
  -0,
  NaN,
  Infinity,
  -Infinity,
  2 ** -149,
  -(2 ** -149),
  3.4028234663852886e38,
  -3.4028234663852886e38,
  2 ** 31,
  -(2 ** 31),
];

/** Values for a border of this scale: in its range, at ties and their neighbours, and what no int8 stands for. */
export function floatsFor(scale: number, length: number): fc.Arbitrary<Float32Array> {
  const steps = (value: number) => Math.fround(scale * value);
  const neighbour = (value: number, ulps: number): number => {
    const bits = new Int32Array(Float32Array.of(value).buffer);
    (bits[0] as number) += ulps;
    return new Float32Array(bits.buffer)[0] as number;
  };
  const tie = fc
    .tuple(fc.integer({ min: -260, max: 260 }), fc.integer({ min: -2, max: 2 }))
    .map(([step, ulps]) => neighbour(steps(step + 0.5), ulps));
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.float({ min: -300, max: 300, noNaN: true }).map(steps) },
    { weight: 3, arbitrary: tie },
    { weight: 1, arbitrary: fc.constantFrom(...special) },
    { weight: 1, arbitrary: fc.float() },
  );
  return fc
    .array(value, { minLength: length, maxLength: length })
    .map((list) => Float32Array.from(list));
}

/** The bytes of float32 values: what a kernel reads or writes, -0 and NaN told apart. */
export function bytesOf(values: Float32Array): Int8Array {
  return new Int8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** The parameters of a border. */
export const borders: fc.Arbitrary<BorderParameters> = fc.record({
  count: fc.integer({ min: 1, max: 70 }),
  scale: anyScale,
  zeroPoint: fc.integer({ min: -128, max: 127 }),
});
