import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DenseParameters, dense } from '../../src/ops/dense.ts';
import {
  multiplyByQuantizedMultiplier,
  quantizeMultiplier,
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
} from '../../src/ops/support/fixedpoint.ts';
import { createRandom } from '../../src/random.ts';
import {
  edgeMultipliers,
  exactDivideByPowerOfTwo,
  exactHighMul,
  exactRequantize,
  exactRescale,
  int32Edges,
  int32Max,
  int32Min,
  isInt32,
  nearTies,
} from '../support/exact.ts';
import { expectEverywhere, propertyRuns } from '../support/oracle.ts';

/** The first of many cases in which the code differs from its definition. */
function expectNoDifference(
  cases: Iterable<readonly number[]>,
  code: (...args: number[]) => number,
  definition: (...args: number[]) => bigint,
): void {
  let count = 0;
  for (const args of cases) {
    count++;
    const [actual, wanted] = [code(...args), definition(...args)];
    if (BigInt(actual) !== wanted) expect.fail(`(${args.join(', ')}): ${actual}, not ${wanted}`);
  }
  expect(count).toBeGreaterThan(0);
}

const anyInt32 = fc.oneof(
  fc.integer({ min: int32Min, max: int32Max }),
  fc.constantFrom(...int32Edges),
);
const anyMultiplier = fc.oneof(
  fc.integer({ min: 0, max: int32Max }),
  fc.constantFrom(...int32Edges.filter((x) => x >= 0)),
);

describe('saturatingRoundingDoublingHighMul', () => {
  const definition = (a: number, b: number) => exactHighMul(BigInt(a), BigInt(b));

  it('rounds exact ties up, and what lies beside them to its side', () => {
    function* ties() {
      for (let k = 0; k <= 30; k++) {
        for (let j = -40; j <= 40; j++) {
          for (const d of [-1, 0, 1]) {
            const a = (2 * j + 1) * 2 ** (30 - k) + d;
            if (isInt32(a)) yield [a, 2 ** k];
          }
        }
      }
    }
    expectNoDifference(ties(), saturatingRoundingDoublingHighMul, definition);
    expect(saturatingRoundingDoublingHighMul(3, 2 ** 30)).toBe(2);
    expect(saturatingRoundingDoublingHighMul(-3, 2 ** 30)).toBe(-1);
  });

  it('saturates the one product that int32 cannot hold', () => {
    expect(saturatingRoundingDoublingHighMul(int32Min, int32Min)).toBe(int32Max);
    expect(saturatingRoundingDoublingHighMul(int32Min, int32Max)).toBe(-int32Max);
  });

  it('equals its definition at all edges and for any two int32', () => {
    const pairs = int32Edges.flatMap((a) => int32Edges.map((b) => [a, b]));
    expectNoDifference(pairs, saturatingRoundingDoublingHighMul, definition);
    fc.assert(
      fc.property(anyInt32, anyInt32, (a, b) => {
        expect(BigInt(saturatingRoundingDoublingHighMul(a, b))).toBe(definition(a, b));
      }),
      { numRuns: 20 * propertyRuns },
    );
  });
});

describe('roundingDivideByPowerOfTwo', () => {
  const definition = (x: number, exponent: number) =>
    exactDivideByPowerOfTwo(BigInt(x), BigInt(exponent));

  it('rounds ties away from zero, for every exponent from 0 to 31', () => {
    function* ties() {
      for (let exponent = 0; exponent <= 31; exponent++) {
        for (let j = -60; j <= 60; j++) {
          for (const d of [-2, -1, 0, 1, 2]) {
            const x = (2 * j + 1) * 2 ** Math.max(0, exponent - 1) + d;
            if (isInt32(x)) yield [x, exponent];
          }
        }
        for (const x of int32Edges) yield [x, exponent];
      }
    }
    expectNoDifference(ties(), roundingDivideByPowerOfTwo, definition);
    expect(roundingDivideByPowerOfTwo(5, 1)).toBe(3);
    expect(roundingDivideByPowerOfTwo(-5, 1)).toBe(-3);
  });

  it('equals its definition for any int32', () => {
    fc.assert(
      fc.property(anyInt32, fc.integer({ min: 0, max: 31 }), (x, exponent) => {
        expect(BigInt(roundingDivideByPowerOfTwo(x, exponent))).toBe(definition(x, exponent));
      }),
      { numRuns: 20 * propertyRuns },
    );
  });
});

describe('multiplyByQuantizedMultiplier', () => {
  it('equals its definition at all edges and near ties, for every shift from -31 to 30', () => {
    function* cases() {
      for (let shift = -31; shift <= 30; shift++) {
        for (const multiplier of edgeMultipliers) {
          for (const x of int32Edges) yield [x, multiplier, shift];
          for (const x of nearTies(multiplier, shift)) yield [x, multiplier, shift];
        }
      }
    }
    expectNoDifference(cases(), multiplyByQuantizedMultiplier, exactRescale);
  });

  it('equals its definition for any int32, multiplier and shift; a left shift wraps', () => {
    fc.assert(
      fc.property(anyInt32, anyMultiplier, fc.integer({ min: -31, max: 30 }), (x, m, shift) => {
        expect(BigInt(multiplyByQuantizedMultiplier(x, m, shift))).toBe(exactRescale(x, m, shift));
      }),
      { numRuns: 20 * propertyRuns },
    );
    expect(multiplyByQuantizedMultiplier(2 ** 30, 2 ** 30, 1)).toBe(int32Min / 2);
  });
});

describe('quantizeMultiplier', () => {
  const real = ({ multiplier, shift }: { multiplier: number; shift: number }) =>
    multiplier * 2 ** (shift - 31);
  const factors = fc
    .tuple(
      fc.double({ min: 0.5, max: 1, maxExcluded: true, noNaN: true }),
      fc.integer({ min: -31, max: 29 }),
    )
    .map(([fraction, exponent]) => fraction * 2 ** exponent);

  it('gives a multiplier in [2^30, 2^31) that is right to one part in 2^31', () => {
    fc.assert(
      fc.property(factors, (factor) => {
        const quantized = quantizeMultiplier(factor);
        expect(Number.isInteger(quantized.multiplier)).toBe(true);
        expect(quantized.multiplier).toBeGreaterThanOrEqual(2 ** 30);
        expect(quantized.multiplier).toBeLessThan(2 ** 31);
        expect(quantized.shift).toBeGreaterThanOrEqual(-31);
        expect(quantized.shift).toBeLessThanOrEqual(30);
        expect(Math.abs(real(quantized) - factor)).toBeLessThanOrEqual(factor * 2 ** -31);
      }),
      { numRuns: 10 * propertyRuns },
    );
  });

  it('represents powers of two exactly', () => {
    for (let exponent = -32; exponent <= 29; exponent++) {
      const quantized = { multiplier: 2 ** 30, shift: exponent + 1 };
      expect(quantizeMultiplier(2 ** exponent)).toEqual(quantized);
    }
  });

  it('carries a fraction that rounds up to one into the shift', () => {
    const justBelowOne = 1 - 2 ** -53;
    expect(quantizeMultiplier(justBelowOne)).toEqual({ multiplier: 2 ** 30, shift: 1 });
  });

  it('takes factors too small for any output to be zero', () => {
    for (const tiny of [0, 2 ** -33, 2 ** -32 * 0.999, 1e-100, Number.MIN_VALUE]) {
      expect(quantizeMultiplier(tiny)).toEqual({ multiplier: 0, shift: 0 });
    }
  });

  it.each([2 ** 30, 2 ** 31, 1e300, Number.MAX_VALUE, Infinity, -Infinity, NaN, -1, -1e-300])(
    'refuses %d',
    (factor) => {
      expect(() => quantizeMultiplier(factor)).toThrow(RangeError);
    },
  );
});

// The kernels' definition (assembly/fixedpoint.ts) is inlined everywhere. A dense layer of one input that its weights
// of 0 take away shows it: the bias is the accumulator.

interface Channel {
  readonly accumulator: number;
  readonly multiplier: number;
  readonly shift: number;
}

/** Each channel's output in the reference and in every kernel variant is what the definition says. */
function expectRequantized(
  channels: readonly Channel[],
  zeroPoint = 0,
  [min, max]: readonly [number, number] = [-128, 127],
): void {
  const parameters: DenseParameters = {
    inputCount: 1,
    outputCount: channels.length,
    inputZeroPoint: 0,
    weights: new Int8Array(channels.length),
    bias: Int32Array.from(channels, ({ accumulator }) => accumulator),
    output: {
      multipliers: Int32Array.from(channels, ({ multiplier }) => multiplier),
      shifts: Int32Array.from(channels, ({ shift }) => shift),
      outputZeroPoint: zeroPoint,
      min,
      max,
    },
  };
  const expected = channels.map(({ accumulator, multiplier, shift }) =>
    exactRequantize(accumulator, multiplier, shift, zeroPoint, [min, max]),
  );
  expectEverywhere(dense, parameters, [Int8Array.of(0)], Int8Array.from(expected));
}

/** Accumulators whose output lies within int8, halfway between two values and beside that, as far as int32 allows. */
function int8Ties(multiplier: number, shift: number): Channel[] {
  const scale = multiplier * 2 ** (shift - 31);
  return Array.from({ length: 40 }, (_, i) => 6.5 * (i - 20) + (i % 2) / 2)
    .flatMap((value) => [-2, -1, 0, 1, 2].map((d) => Math.round(value / scale) + d))
    .filter((accumulator) => accumulator > int32Min && accumulator <= int32Max)
    .map((accumulator) => ({ accumulator, multiplier, shift }));
}

const multipliers = [2 ** 30, 2 ** 30 + 1, 1518500250, int32Max];
/** A channel with a shift that v128 kernels do not rescale four at a time. */
const slow: Channel = { accumulator: 77, multiplier: 2 ** 30, shift: 1 };

describe('requantize of the kernels', () => {
  it.each(multipliers)('rounds near ties as defined, at every shift (multiplier %d)', (m) => {
    for (let shift = -31; shift <= 3; shift++) {
      const channels = int8Ties(m, shift);
      expectRequantized(channels);
      expectRequantized([...channels, slow]);
    }
  });

  it('is right at the edges of int32, at every shift', () => {
    const accumulators = int32Edges.filter((x) => x > int32Min);
    for (let shift = -31; shift <= 30; shift++) {
      for (const multiplier of [0, ...multipliers]) {
        const channels = accumulators.map((accumulator) => ({ accumulator, multiplier, shift }));
        expectRequantized(channels);
        if (shift < 0) expectRequantized([...channels, slow]);
      }
    }
  });

  it('is right for any accumulators, multipliers, zero point and range', () => {
    const random = createRandom(1);
    const draw = (low: number, high: number) => low + random.integer(high - low + 1);
    for (let run = 0; run < propertyRuns; run++) {
      const maxShift = run % 2 === 0 ? -1 : 3;
      const channels = Array.from({ length: 256 }, () => {
        const shift = draw(-31, maxShift);
        const bits = Math.min(31, 8 - shift);
        const accumulator = draw(-(2 ** bits) + 1, 2 ** bits - 1);
        return { accumulator, multiplier: draw(0, int32Max), shift };
      });
      const [a, b] = [draw(-128, 127), draw(-128, 127)];
      const wide = run % 4 < 2;
      expectRequantized(
        channels,
        draw(-128, 127),
        wide ? [-128, 127] : [Math.min(a, b), Math.max(a, b)],
      );
    }
  });
});
