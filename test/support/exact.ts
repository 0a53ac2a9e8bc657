// Requantization as it is defined, in exact arithmetic. `>>` of BigInt rounds towards negative infinity.

export const int32Min = -(2 ** 31);
export const int32Max = 2 ** 31 - 1;

/** Whether a number lies in the range of int32. */
export const isInt32 = (x: number) => x >= int32Min && x <= int32Max;

/** round(a * b / 2^31), ties upwards, saturated. */
export function exactHighMul(a: bigint, b: bigint): bigint {
  const rounded = (a * b + 2n ** 30n) >> 31n;
  return rounded > BigInt(int32Max) ? BigInt(int32Max) : rounded;
}

/** round(x / 2^exponent), ties away from zero. */
export function exactDivideByPowerOfTwo(x: bigint, exponent: bigint): bigint {
  const half = exponent === 0n ? 0n : 2n ** (exponent - 1n);
  return x < 0n ? -((-x + half) >> exponent) : (x + half) >> exponent;
}

/** An int32 scaled by multiplier * 2^(shift - 31), rounded twice; a left shift wraps. */
export function exactRescale(x: number, multiplier: number, shift: number): bigint {
  const shifted = BigInt.asIntN(32, BigInt(x) << BigInt(Math.max(shift, 0)));
  const product = exactHighMul(shifted, BigInt(multiplier));
  return exactDivideByPowerOfTwo(product, BigInt(Math.max(-shift, 0)));
}

/** The int8 output of an accumulator. */
export function exactRequantize(
  accumulator: number,
  multiplier: number,
  shift: number,
  zeroPoint: number,
  [min, max]: readonly [number, number],
): number {
  const moved = exactRescale(accumulator, multiplier, shift) + BigInt(zeroPoint);
  return Math.min(Math.max(Number(BigInt.asIntN(32, moved)), min), max);
}

/** Values around 0, around each power of two, and at the limits of int32. */
export const int32Edges: readonly number[] = [
  ...Array.from({ length: 81 }, (_, i) => i - 40),
  ...Array.from({ length: 32 }, (_, k) => 2 ** k).flatMap((p) =>
    [-1.5, -1, 1, 1.5].flatMap((sign) => [-1, 0, 1].map((d) => Math.trunc(sign * p) + d)),
  ),
  ...[0, 1, 2, 3].flatMap((d) => [int32Min + d, int32Max - d]),
].filter(isInt32);

/** Multipliers at the ends of [2^30, 2^31) and between, ones that make many ties, and the ones below that. */
export const edgeMultipliers: readonly number[] = [
  ...[0, 1, 2 ** 29],
  ...[2 ** 30, 2 ** 30 + 1, 2 ** 30 + 2 ** 29, 1518500250, int32Max - 1, int32Max],
];

/**
 * Accumulators that a multiplier and a shift bring onto a tie of either rounding, and those beside them: with small
 * results and with the largest that there are.
 */
export function nearTies(multiplier: number, shift: number): readonly number[] {
  if (multiplier === 0) return [];
  const right = Math.max(-shift, 0);
  const left = Math.max(shift, 0);
  const most = multiplier * 2 ** (left - 31) * 2 ** 31;
  // What the first rounding gives, so that the second has a tie; without a second one, ties of the first.
  const unit = right === 0 ? 0.5 : 2 ** (right - 1);
  const largest = Math.floor(Math.min(most, 2 ** 31) / unit);
  const odd = Array.from({ length: 40 }, (_, j) => 2 * j + 1);
  const steps = [...odd, ...odd.map((j) => (largest | 1) - j - 1)].filter((j) => j > 0);
  return [...new Set(steps)]
    .flatMap((j) => [j * unit, -j * unit])
    .map((product) => Math.round((product / multiplier) * 2 ** (31 - left)))
    .flatMap((accumulator) => [-2, -1, 0, 1, 2].map((d) => accumulator + d))
    .filter(isInt32);
}
