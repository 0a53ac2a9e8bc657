import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DenseParameters, dense } from '../../src/ops/dense.ts';
import type { OutputStage } from '../../src/ops/support/fixedpoint.ts';
import type { MatrixWeights } from '../../src/ops/support/pack.ts';
import { planStrip, stripColumns } from '../../src/ops/support/strip.ts';
import {
  packColumnEights,
  packColumnPairs,
  type Rescaling,
  rescalingCode,
} from '../../src/ops/support/vectors.ts';
import { createRandom } from '../../src/random.ts';
import { expectEverywhere, expectKernels, propertyRuns } from '../support/oracle.ts';

interface Channel {
  readonly weights: readonly number[];
  readonly bias: number;
  readonly multiplier: number;
  readonly shift: number;
}

function matrixOf(channels: readonly Channel[]): MatrixWeights {
  return {
    rows: channels.length,
    depth: channels[0]?.weights.length ?? 0,
    weights: Int8Array.from(channels.flatMap(({ weights }) => weights)),
    bias: Int32Array.from(channels, ({ bias }) => bias),
    multipliers: Int32Array.from(channels, ({ multiplier }) => multiplier),
    shifts: Int32Array.from(channels, ({ shift }) => shift),
  };
}

function stageOf(
  { multipliers, shifts }: MatrixWeights,
  outputZeroPoint = 3,
  [min, max]: readonly [number, number] = [-128, 127],
): OutputStage {
  return { multipliers, shifts, outputZeroPoint, min, max };
}

const int8s = (...list: number[]) => [...new Uint8Array(Int8Array.from(list).buffer)];
const int32s = (...list: number[]) => [...new Uint8Array(Int32Array.from(list).buffer)];
const zeros = (count: number) => new Array<number>(count).fill(0);

const m = 2 ** 30;
/** Two channels over three columns, whose last shifts are 9 and 7. */
const two = matrixOf([
  { weights: [1, -2, 3], bias: 1000, multiplier: m + 5, shift: -9 },
  { weights: [4, 5, -6], bias: -2000, multiplier: m, shift: -7 },
]);
/** As aligned constants: twice the bias, the multiplier, 2^(right - 1) + 3 * 2^right, 2^(9 - right). */
const alignedVectors = (rows: number) =>
  [
    [2000, -4000],
    [m + 5, m],
    [2 ** 8 + 3 * 2 ** 9, 2 ** 6 + 3 * 2 ** 7],
    [1, 4],
  ].flatMap((pair) => int32s(...pair, ...zeros(rows - 2)));

describe('packColumnPairs', () => {
  it('puts pairs of columns side by side, eight channels to a block, then vectors of constants', () => {
    const { bytes, rescaling } = packColumnPairs([two], stageOf(two), 3);
    expect(rescaling).toEqual({ kind: 'aligned', shift: 9 });
    expect([...bytes]).toEqual([
      ...int8s(1, -2, 4, 5, ...zeros(12)),
      ...int8s(3, 0, -6, 0, ...zeros(12)),
      ...alignedVectors(8),
    ]);
  });

  it('begins each segment of columns with a new pair', () => {
    const { bytes } = packColumnPairs([two], stageOf(two), 1);
    expect([...bytes.subarray(0, 48)]).toEqual([
      ...int8s(1, 0, 4, 0, ...zeros(12)),
      ...int8s(-2, 0, 5, 0, ...zeros(12)),
      ...int8s(3, 0, -6, 0, ...zeros(12)),
    ]);
  });

  it('begins each matrix with a new block', () => {
    const both = packColumnPairs([two, two], stageOf(two), 3).bytes;
    const one = packColumnPairs([two], stageOf(two), 3).bytes;
    expect([...both]).toEqual([...one, ...one]);
  });
});

describe('packColumnEights', () => {
  it('puts eight columns of each of four channels in turn, then vectors of constants', () => {
    const { bytes } = packColumnEights(two, stageOf(two));
    expect([...bytes]).toEqual([
      ...int8s(1, -2, 3, ...zeros(5), 4, 5, -6, ...zeros(5), ...zeros(16)),
      ...alignedVectors(4),
    ]);
  });
});

describe('the rescaling of a layer', () => {
  const depth = 1000;
  /** A channel whose accumulators reach as far as one product, and one whose reach is that of a thousand. */
  const live = { weights: [127, ...zeros(depth - 1)], bias: 0, multiplier: m, shift: -8 };
  const far = { ...live, weights: new Array<number>(depth).fill(127) };
  const rescalingOf = (channels: readonly Channel[], zeroPoint = 0): Rescaling => {
    const matrix = matrixOf(channels);
    return packColumnEights(matrix, stageOf(matrix, zeroPoint)).rescaling;
  };

  it('ends in the greatest shift of its channels', () => {
    expect(rescalingOf([live, { ...live, shift: -11 }])).toEqual({ kind: 'aligned', shift: 11 });
  });

  it('is aligned only while twice an accumulator fits int32', () => {
    const at = (bias: number) => rescalingOf([{ ...far, bias, shift: -23 }]).kind;
    const most = 2 ** 30 - 127 * 127 * depth;
    expect([most - 1, most].map(at)).toEqual(['aligned', 'pairs']);
    const least = -(2 ** 30) + 128 * 127 * depth;
    expect([least + 1, least].map(at)).toEqual(['aligned', 'pairs']);
  });

  it('is aligned only while no value leaves int32 on its way to the common shift', () => {
    // 8132 * 2^(20 - 2) still fits, for a product of 16256 and the multiplier, and what is added to it.
    const at = (shift: number) =>
      rescalingOf([
        { ...live, shift: -2 },
        { ...far, shift },
      ]).kind;
    expect([-20, -21].map(at)).toEqual(['aligned', 'pairs']);
  });

  it('is aligned only up to a shift that leaves constant outputs room', () => {
    const at = (shift: number) => rescalingOf([{ ...far, bias: 2 ** 24, shift }], -100).kind;
    expect([-23, -24].map(at)).toEqual(['aligned', 'pairs']);
  });

  it('is one lane after another where a shift is not to the right', () => {
    expect(rescalingOf([live, { ...live, shift: 0 }])).toEqual({ kind: 'lanes' });
    expect(rescalingOf([live, { ...live, shift: 1 }])).toEqual({ kind: 'lanes' });
  });

  it('leaves channels out of account whose output is the same for every input', () => {
    const dead = { ...live, bias: 2 ** 30, shift: -31 };
    expect(rescalingOf([live, dead])).toEqual({ kind: 'aligned', shift: 8 });
    expect(rescalingOf([live, { ...live, multiplier: 0, shift: 0 }])).toEqual({
      kind: 'aligned',
      shift: 8,
    });
  });

  it('has a number of its own for each kind', () => {
    expect(rescalingCode({ kind: 'aligned', shift: 9 })).toBe(9);
    expect(rescalingCode({ kind: 'pairs' })).toBe(0);
    expect(rescalingCode({ kind: 'lanes' })).toBe(-1);
  });
});

/** Each channel weighs one input of 0 by `weight`, so that its bias is the accumulator, and no output is a constant. */
function layerOf(
  channels: readonly Omit<Channel, 'weights'>[],
  zeroPoint: number,
  range: readonly [number, number],
  weight = 1,
): DenseParameters {
  const matrix = matrixOf(channels.map((channel) => ({ ...channel, weights: [weight] })));
  return {
    inputCount: 1,
    outputCount: channels.length,
    inputZeroPoint: 0,
    weights: matrix.weights,
    bias: matrix.bias,
    output: stageOf(matrix, zeroPoint, range),
  };
}

const kindOf = ({ bias, weights, output, outputCount: rows }: DenseParameters) =>
  packColumnEights(
    {
      rows,
      depth: 1,
      weights,
      bias,
      multipliers: output.multipliers,
      shifts: output.shifts,
    },
    output,
  ).rescaling.kind;

function expectExact(parameters: DenseParameters): void {
  const input = Int8Array.of(0);
  expectKernels(dense, parameters, [input], dense.reference(parameters, [input]));
}

describe('the aligned rescaling', () => {
  const multipliers = [2 ** 30, 2 ** 30 + 1, 1518500250, 2 ** 31 - 1];
  const all = [-128, 127] as const;

  it.each(multipliers)('rounds near ties as the reference does (multiplier %d)', (multiplier) => {
    for (let right = 1; right <= 22; right++) {
      const scale = multiplier * 2 ** (-right - 31);
      const channels = Array.from({ length: 513 }, (_, i) => (i - 256) / 2)
        .flatMap((value) => [-2, -1, 0, 1, 2].map((d) => Math.round(value / scale) + d))
        .map((bias) => ({ bias, multiplier, shift: -right }));
      const parameters = layerOf(channels, 0, all);
      expect(kindOf(parameters)).toBe('aligned');
      expectExact(parameters);
    }
  });

  it('is right at every accumulator around the changes of sign and of each power of two', () => {
    const magnitudes = Array.from({ length: 29 }, (_, k) => 2 ** k).flatMap((p) =>
      Array.from({ length: 9 }, (_, d) => p + d - 4),
    );
    for (let right = 1; right <= 22; right++) {
      for (const multiplier of multipliers) {
        const channels = magnitudes
          .flatMap((x) => [x, -x])
          .map((bias) => ({ bias, multiplier, shift: -right }));
        const parameters = layerOf(channels, -7, all, 127);
        expect(kindOf(parameters)).toBe('aligned');
        expectExact(parameters);
      }
    }
  });

  it('is right for any channels of different shifts, zero points and ranges', () => {
    const random = createRandom(1);
    const draw = (low: number, high: number) => low + random.integer(high - low + 1);
    let aligned = 0;
    for (let run = 0; run < propertyRuns; run++) {
      const most = draw(1, 16);
      const channels = Array.from({ length: 128 }, () => {
        const right = draw(Math.max(1, most - 6), most);
        const limit = 2 ** Math.min(22, right + 9);
        return { bias: draw(-limit, limit), multiplier: draw(2 ** 30, 2 ** 31 - 1), shift: -right };
      });
      const [a, b] = [draw(-128, 127), draw(-128, 127)];
      const range = run % 2 === 0 ? all : ([Math.min(a, b), Math.max(a, b)] as const);
      const parameters = layerOf(channels, draw(-128, 127), range, draw(1, 127));
      if (kindOf(parameters) === 'aligned') aligned++;
      expectExact(parameters);
    }
    expect(aligned).toBeGreaterThan(propertyRuns / 2);
  });

  it('gives dead channels their one output beside live ones', () => {
    const shapes = fc.record({
      dead: fc.record({
        bias: fc.constantFrom(2 ** 30, -(2 ** 30), 0, 12345),
        multiplier: fc.constantFrom(0, 2 ** 30, 2 ** 31 - 1),
        shift: fc.integer({ min: -31, max: -24 }),
      }),
      zeroPoint: fc.integer({ min: -128, max: 127 }),
      input: fc.integer({ min: -128, max: 127 }),
    });
    fc.assert(
      fc.property(shapes, ({ dead, zeroPoint, input }) => {
        const live = { bias: 77, multiplier: 2 ** 30 + 9, shift: -6 };
        const parameters = layerOf([live, dead, live, dead, dead], zeroPoint, all, 100);
        const inputs = [Int8Array.of(input)];
        expectEverywhere(dense, parameters, inputs, dense.reference(parameters, inputs));
      }),
      { numRuns: propertyRuns },
    );
  });
});

describe('planStrip', () => {
  const geometry = {
    outputShape: [48, 40, 8],
    kernel: [3, 5],
    stride: [2, 3],
    dilation: [2, 4],
  } as const;

  it('has whole phases of the columns that windows reach', () => {
    // Columns 0 to 39 * 3 + 4 * 4 are 134, which take four phases of 34.
    expect(stripColumns(geometry)).toBe(136);
  });

  it('holds as many output rows as 24 KiB have room for', () => {
    // A strip row is 136 * 8 int16; five of them make the first output row, two more each further one.
    const { bandRows, stripBytes, tableBytes } = planStrip(geometry, 8);
    expect(bandRows).toBe(4);
    expect(stripBytes).toBe(11 * 136 * 8 * 2 + 16);
    expect(tableBytes).toBe(4 * (4 * 40 + 3));
  });

  it('holds one output row where that alone takes more, and never more rows than there are', () => {
    expect(planStrip(geometry, 64).bandRows).toBe(1);
    expect(planStrip({ ...geometry, outputShape: [3, 40, 8] }, 8).bandRows).toBe(3);
  });
});
