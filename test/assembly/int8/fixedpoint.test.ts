import { beforeAll, describe, expect, it } from 'vitest';
import { multiplyByQuantizedMultiplier, requantize } from '../../../src/ops/support/fixedpoint.ts';
import { createRandom } from '../../../src/random.ts';
import { type Assembly, compileAssembly } from '../../support/assembly.ts';
import {
  edgeMultipliers,
  exactRequantize,
  exactRescale,
  int32Edges,
  int32Max,
  int32Min,
  nearTies,
} from '../../support/exact.ts';
import { propertyRuns } from '../../support/oracle.ts';

// The kernels inline all of this, and what they store is int8. Here each stands alone, with int32 results.
const source = `
import {
  requantize, requantizeChannel, requantizeShifted, rescale, rescaleAligned4, rescaleDoubled4, rescaleUniform4, shiftAddend,
} from './fixedpoint';
import { rescaleChannels } from './vectors';

export function scalar(x: i32, multiplier: i32, shift: i32): i32 {
  return rescale(x, multiplier, shift);
}
export function output(x: i32, multiplier: i32, shift: i32, zeroPoint: i32, low: i32, high: i32): i32 {
  return requantize(x, multiplier, shift, zeroPoint, low, high);
}
export function narrow(x: i32, bias: i32, multiplier: i32, scale: i32, zeroPoint: i32, low: i32, high: i32): i32 {
  return requantizeChannel(x, bias, multiplier, scale, 1, zeroPoint, low, high);
}
export function shifted(doubled: i32, multiplier: i32, right: i32, zeroPoint: i32, low: i32, high: i32): i32 {
  const addend = shiftAddend(right, zeroPoint, low, high);
  return requantizeShifted(doubled, doubled >> 31, multiplier, addend, right, low, high);
}
export function uniform4(p: usize, multiplier: i32, shift: i32): void {
  v128.store(p, rescaleUniform4(v128.load(p), multiplier, shift));
}
export function doubled4(p: usize, multiplier: i32, right: i32): void {
  const addends = i32x4.splat(shiftAddend(right, 0, -128, 127));
  v128.store(p, rescaleDoubled4(v128.load(p), i32x4.splat(multiplier), addends, right));
}
export function aligned4(p: usize, multiplier: i32, right: i32, more: i32): void {
  const addends = i32x4.splat(shiftAddend(right, 0, -128, 127));
  const factors = i32x4.splat(1 << more);
  v128.store(p, rescaleAligned4(v128.load(p), i32x4.splat(multiplier), addends, factors, right + more));
}
export function channels4(p: usize, w: usize, fastRescale: i32): void {
  v128.store(p, rescaleChannels(v128.load(p), w, 4, 0, 0, fastRescale));
}
`;

let assembly: Assembly;
beforeAll(async () => {
  assembly = await compileAssembly(source);
});

/** A multiplier, a shift, and how many accumulators there are for it: a multiple of four. */
interface Batch {
  readonly multiplier: number;
  readonly shift: number;
  readonly accumulators: readonly number[];
}

/** Every shift with every multiplier: accumulators at all edges and near all kinds of ties. */
function* edgeBatches(): Generator<Batch> {
  for (let shift = -31; shift <= 30; shift++) {
    for (const multiplier of edgeMultipliers) {
      const accumulators = [...int32Edges, ...nearTies(multiplier, shift)];
      while (accumulators.length % 4 !== 0) accumulators.push(0);
      yield { multiplier, shift, accumulators };
    }
  }
}

/** Any shifts, multipliers and accumulators, of any magnitude. */
function* randomBatches(): Generator<Batch> {
  const random = createRandom(1);
  for (let run = 0; run < propertyRuns; run++) {
    const multiplier = random.integer(2 ** 31 - 1);
    const shift = random.integer(62) - 31;
    const accumulators = Array.from({ length: 64 }, () =>
      Math.floor((2 * random.uniform() - 1) * 2 ** (1 + random.integer(31))),
    );
    yield { multiplier, shift, accumulators };
  }
}

/** What a form of the requantization is right for: shifts from `least` to `most`, accumulators below a limit. */
interface Domain {
  readonly shifts: readonly [least: number, most: number];
  readonly limit: number;
}

const everything: Domain = { shifts: [-31, 30], limit: 2 ** 32 };

/** All batches as far as they lie in a domain. */
function* batchesIn({ shifts: [least, most], limit }: Domain): Generator<Batch> {
  for (const batches of [edgeBatches(), randomBatches()]) {
    for (const { multiplier, shift, accumulators } of batches) {
      if (shift < least || shift > most) continue;
      yield {
        multiplier,
        shift,
        accumulators: accumulators.map((x) => (Math.abs(x) < limit ? x : 0)),
      };
    }
  }
}

/** The first accumulator of all batches in a domain whose result is not what the definition says. */
function expectExact(
  compute: (batch: Batch) => ArrayLike<number>,
  domain: Domain = everything,
): void {
  let count = 0;
  for (const batch of batchesIn(domain)) {
    const { multiplier, shift, accumulators } = batch;
    const results = compute(batch);
    accumulators.forEach((accumulator, i) => {
      const wanted = Number(exactRescale(accumulator, multiplier, shift));
      if (results[i] === wanted) return;
      expect.fail(`(${accumulator}, ${multiplier}, ${shift}): ${results[i]}, not ${wanted}`);
    });
    count += accumulators.length;
  }
  expect(count).toBeGreaterThan(100_000);
}

/** The results of a function over four int32 at a time, in place, at address 0. */
function byFours(batch: Batch, run: () => void): Int32Array {
  const memory = new Int32Array(assembly.memory.buffer);
  const results = new Int32Array(batch.accumulators.length);
  for (let i = 0; i < results.length; i += 4) {
    memory.set(batch.accumulators.slice(i, i + 4));
    run();
    results.set(memory.subarray(0, 4), i);
  }
  return results;
}

describe('rescaling, near ties, at the limits of int32 and of any value, at every shift from -31 to 30', () => {
  it('is exact in the reference', () => {
    expectExact(({ accumulators, multiplier, shift }) =>
      accumulators.map((x) => multiplyByQuantizedMultiplier(x, multiplier, shift)),
    );
  });

  it('is exact in scalar kernels', () => {
    expectExact(({ accumulators, multiplier, shift }) =>
      accumulators.map((x) => assembly.call.scalar?.(x, multiplier, shift) as number),
    );
  });

  it('is exact in v128 kernels of one multiplier', () => {
    expectExact((batch) =>
      byFours(batch, () => assembly.call.uniform4?.(0, batch.multiplier, batch.shift)),
    );
  });

  describe('in v128 kernels of a multiplier a channel', () => {
    const weights = 1024;
    const run = (batch: Batch, fast: boolean) => {
      const { multiplier, shift } = batch;
      const scale = fast ? 2 ** (31 + shift) : 0;
      const vectors = [0, multiplier, scale, shift].flatMap((value) => new Array(4).fill(value));
      new Int32Array(assembly.memory.buffer, weights, 16).set(vectors);
      return byFours(batch, () => assembly.call.channels4?.(0, weights, fast ? 1 : 0));
    };

    it('is exact where four channels go at once, as shifts from -31 to -1 do', () => {
      expectExact((batch) => run(batch, true), { ...everything, shifts: [-31, -1] });
    });

    it('is exact where doubled accumulators below 2^31 end in a shift, from -31 to -1', () => {
      const domain = { shifts: [-31, -1], limit: 2 ** 30 } as const;
      expectExact((batch) => {
        const accumulators = batch.accumulators.map((x) => 2 * x);
        return byFours({ ...batch, accumulators }, () =>
          assembly.call.doubled4?.(0, batch.multiplier, -batch.shift),
        );
      }, domain);
    });

    it('is exact where a last shift is common to channels, two bits more than some need', () => {
      const domain = { shifts: [-29, -1], limit: 2 ** 28 } as const;
      expectExact((batch) => {
        const accumulators = batch.accumulators.map((x) => 2 * x);
        return byFours({ ...batch, accumulators }, () =>
          assembly.call.aligned4?.(0, batch.multiplier, -batch.shift, 2),
        );
      }, domain);
    });

    it('is exact where channels go one by one', () => {
      expectExact((batch) => run(batch, false));
    });
  });
});

describe('an int8 output', () => {
  it('is exact in the reference and in scalar kernels, also where adding the zero point wraps', () => {
    const ranges = [
      [-128, 127],
      [-5, 90],
    ] as const;
    for (const { multiplier, shift, accumulators } of edgeBatches()) {
      if (![2 ** 30, int32Max].includes(multiplier)) continue;
      for (const zeroPoint of [-128, 0, 127]) {
        for (const [min, max] of ranges) {
          const stage = {
            multipliers: Int32Array.of(multiplier),
            shifts: Int32Array.of(shift),
            outputZeroPoint: zeroPoint,
            min,
            max,
          };
          for (const x of accumulators) {
            const wanted = exactRequantize(x, multiplier, shift, zeroPoint, [min, max]);
            const reference = requantize(x, 0, stage);
            const kernel = assembly.call.output?.(x, multiplier, shift, zeroPoint, min, max);
            if (reference !== wanted || kernel !== wanted) {
              expect.fail(
                `(${x}, ${multiplier}, ${shift}, ${zeroPoint}): ${reference} and ${kernel}, not ${wanted}`,
              );
            }
          }
        }
      }
    }
    // Nothing is left of 2^31 - 2 once 127 is added.
    expect(exactRequantize(int32Max, int32Max, 0, 127, [-128, 127])).toBe(-128);
    expect(assembly.call.output?.(int32Min, int32Max, 0, 0, -128, 127)).toBe(-128);
  });

  /** A form of the requantization, for these ranges: [least, greatest output] with a zero point of -7. */
  function expectExactOutputs(
    domain: Domain,
    ranges: readonly (readonly [number, number])[],
    compute: (x: number, batch: Batch, range: readonly [number, number]) => number | undefined,
  ): void {
    let count = 0;
    for (const batch of batchesIn(domain)) {
      const { multiplier, shift } = batch;
      for (const x of batch.accumulators) {
        for (const range of ranges) {
          const wanted = exactRequantize(x, multiplier, shift, -7, range);
          const output = compute(x, batch, range);
          if (output === wanted) continue;
          expect.fail(`(${x}, ${multiplier}, ${shift}) in ${range}: ${output}, not ${wanted}`);
        }
        count++;
      }
    }
    expect(count).toBeGreaterThan(100_000);
  }
  const ranges = [
    [-128, 127],
    [-20, 90],
    [100, 127],
  ] as const;

  it('is exact in the narrow form, for accumulators within (-2^30, 2^30) and shifts from -31 to -2', () => {
    const whole = [int32Min, int32Max] as const;
    expectExactOutputs(
      { shifts: [-31, -2], limit: 2 ** 30 },
      [...ranges, whole],
      (x, { multiplier, shift }, [low, high]) => {
        const bias = Math.trunc(x / 3);
        const scale = 2 ** (32 + shift);
        return assembly.call.narrow?.(x - bias, 2 * bias, multiplier, scale, -7, low, high);
      },
    );
  });

  it('is exact with a shift at the end, for accumulators within (-2^29, 2^29) and shifts from -21 to -1', () => {
    expectExactOutputs(
      { shifts: [-21, -1], limit: 2 ** 29 },
      ranges,
      (x, { multiplier, shift }, [low, high]) =>
        assembly.call.shifted?.(2 * x, multiplier, -shift, -7, low, high),
    );
  });
});
