/** The seed of every random choice for which none is given. */
export const defaultSeed = 1;

/** A seeded source of pseudo-random numbers: the same seed gives the same sequence on every host. */
export interface Random {
  /** A double in [0, 1). */
  uniform(): number;
  /** An integer in [0, limit). */
  integer(limit: number): number;
  /** Shuffles in place (Fisher–Yates) and returns its argument. */
  shuffle<T extends { [index: number]: unknown; readonly length: number }>(items: T): T;
}

/**
 * Creates a generator from a seed (any integer; only its low 32 bits count).
 * Source: sfc32, the small fast counting generator of PractRand, seeded by three equal words and 12 warm-up steps.
 */
export function createRandom(seed: number): Random {
  let a = seed | 0;
  let b = seed | 0;
  let c = seed | 0;
  let counter = 1;

  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 12; i++) next();

  const uniform = () => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53;
  const integer = (limit: number) => Math.floor(uniform() * limit);
  return {
    uniform,
    integer,
    shuffle(items) {
      const list = items as { [index: number]: unknown; readonly length: number };
      for (let i = list.length - 1; i > 0; i--) {
        const j = integer(i + 1);
        const held = list[i];
        list[i] = list[j];
        list[j] = held;
      }
      return items;
    },
  };
}
