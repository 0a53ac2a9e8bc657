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
import { rescaleAll4 } from './elementwise';
import { requantize, requantizeChannel, rescale } from './fixedpoint';
import { rescaleUniform4 } from './uniform';
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
export function all4(p: usize, multiplier: i32, shift: i32): void {
  v128.store(p, rescaleAll4(v128.load(p), multiplier, shift));
}
export function uniform4(p: usize, multiplier: i32, shift: i32): void {
  v128.store(p, rescaleUniform4(v128.load(p), multiplier, shift));
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

/** The first accumulator of all batches whose result is not what the definition says. */
function expectExact(
  compute: (batch: Batch) => ArrayLike<number>,
  applies: (batch: Batch) => boolean = () => true,
): void {
  let count = 0;
  for (const batches of [edgeBatches(), randomBatches()]) {
    for (const batch of batches) {
      if (!applies(batch)) continue;
      const { multiplier, shift, accumulators } = batch;
      const results = compute(batch);
      accumulators.forEach((accumulator, i) => {
        const wanted = Number(exactRescale(accumulator, multiplier, shift));
        if (results[i] === wanted) return;
        expect.fail(`(${accumulator}, ${multiplier}, ${shift}): ${results[i]}, not ${wanted}`);
      });
      count += accumulators.length;
    }
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

  it.each(['all4', 'uniform4'])('is exact in v128 kernels of one multiplier (%s)', (name) => {
    expectExact((batch) =>
      byFours(batch, () => assembly.call[name]?.(0, batch.multiplier, batch.shift)),
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
      const isFast = ({ shift }: Batch) => shift <= -1;
      expectExact((batch) => run(batch, true), isFast);
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

  it('is exact in the narrow form, for accumulators within (-2^30, 2^30) and shifts from -31 to -2', () => {
    let count = 0;
    for (const batches of [edgeBatches(), randomBatches()]) {
      for (const { multiplier, shift, accumulators } of batches) {
        if (shift > -2) continue;
        for (const x of accumulators) {
          if (Math.abs(x) >= 2 ** 30) continue;
          const bias = Math.trunc(x / 3);
          const kernel = (zeroPoint: number, low: number, high: number) =>
            assembly.call.narrow?.(
              x - bias,
              2 * bias,
              multiplier,
              2 ** (32 + shift),
              zeroPoint,
              low,
              high,
            );
          const whole = kernel(0, int32Min, int32Max);
          const int8 = kernel(-7, -128, 127);
          const wanted = Number(exactRescale(x, multiplier, shift));
          const wantedInt8 = exactRequantize(x, multiplier, shift, -7, [-128, 127]);
          if (whole !== wanted || int8 !== wantedInt8) {
            expect.fail(
              `(${x}, ${multiplier}, ${shift}): ${whole} and ${int8}, not ${wanted} and ${wantedInt8}`,
            );
          }
          count++;
        }
      }
    }
    expect(count).toBeGreaterThan(100_000);
  });
});
