import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../src/random.ts';

const seeds = fc.integer();

/** The generator by its definition: sfc32 in exact arithmetic, its words kept to 32 bits. */
function* sfc32(seed: number): Generator<bigint> {
  const word = (x: bigint) => BigInt.asUintN(32, x);
  let [a, b, c, counter] = [word(BigInt(seed)), word(BigInt(seed)), word(BigInt(seed)), 1n];
  for (let step = 0; ; step++) {
    const sum = word(a + b + counter);
    counter = word(counter + 1n);
    [a, b, c] = [b ^ (b >> 9n), word(c * 9n), word(word((c << 21n) | (c >> 11n)) + sum)];
    if (step >= 12) yield sum;
  }
}

describe('createRandom', () => {
  it('keeps its sequence from one version to the next', () => {
    const first = (seed: number) => {
      const random = createRandom(seed);
      return [random.uniform(), random.uniform(), random.uniform()];
    };
    expect(first(0)).toEqual([0.31748144399230693, 0.18830282520077457, 0.2207057405216889]);
    expect(first(1)).toEqual([0.9460123688677696, 0.7186191121570584, 0.6567675493140716]);
    expect(first(42)).toEqual([0.990247678893817, 0.10327882419847856, 0.4442614921144561]);
    const random = createRandom(1);
    const integers = Array.from({ length: 8 }, () => random.integer(100));
    expect(integers).toEqual([94, 71, 65, 38, 75, 42, 99, 26]);
    expect(createRandom(1).shuffle([0, 1, 2, 3, 4, 5, 6, 7])).toEqual([0, 2, 4, 6, 1, 3, 5, 7]);
  });

  it('is sfc32, 53 bits of two words to a double', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const words = sfc32(seed);
        const next = () => words.next().value as bigint;
        const random = createRandom(seed);
        for (let i = 0; i < 20; i++) {
          const bits = (next() << 21n) + (next() >> 11n);
          expect(random.uniform()).toBe(Number(bits) / 2 ** 53);
        }
      }),
    );
  });

  it('gives the same sequence for the same seed, another for another', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const draw = (from: number) => {
          const random = createRandom(from);
          return [random.uniform(), random.integer(1000), random.uniform()];
        };
        expect(draw(seed)).toEqual(draw(seed));
        expect(draw(seed)).not.toEqual(draw(seed + 1));
      }),
    );
  });

  it('counts only the low 32 bits of a seed', () => {
    expect(createRandom(2 ** 32 + 7).uniform()).toBe(createRandom(7).uniform());
  });
});

describe('uniform', () => {
  it('lies in [0, 1), spread evenly', () => {
    const random = createRandom(3);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) {
      const value = random.uniform();
      expect(value >= 0 && value < 1).toBe(true);
      counts[Math.floor(value * 10)] = (counts[Math.floor(value * 10)] as number) + 1;
    }
    // Five standard deviations of a binomial with p = 0.1 are 150.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe('integer', () => {
  it('lies in [0, limit)', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 2 ** 31 }), (seed, limit) => {
        const value = createRandom(seed).integer(limit);
        expect(Number.isInteger(value) && value >= 0 && value < limit).toBe(true);
      }),
    );
  });

  it('reaches every value below a small limit', () => {
    const random = createRandom(5);
    const seen = new Set(Array.from({ length: 200 }, () => random.integer(7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});

describe('shuffle', () => {
  it('returns its argument, a permutation of what it was', () => {
    fc.assert(
      fc.property(seeds, fc.array(fc.integer()), (seed, items) => {
        const before = [...items].sort((a, b) => a - b);
        expect(createRandom(seed).shuffle(items)).toBe(items);
        expect([...items].sort((a, b) => a - b)).toEqual(before);
      }),
    );
  });

  it('shuffles typed arrays too', () => {
    const items = Int32Array.from({ length: 50 }, (_, i) => i);
    const shuffled = createRandom(2).shuffle(Int32Array.from(items));
    expect(shuffled).not.toEqual(items);
    expect(shuffled.sort()).toEqual(items);
  });

  it('gives each of the six orders of three items about equally often', () => {
    const random = createRandom(8);
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = random.shuffle(['a', 'b', 'c']).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // Five standard deviations of a binomial with p = 1/6 are 145.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145);
  });
});
