import { describe, expect, it } from 'vitest';
import { translateKernels } from '../../src/native/kernels.ts';
import { type DenseParameters, dense } from '../../src/ops/dense.ts';
import type { Optimize } from '../../src/ops/op.ts';

function layer(inputCount: number, outputCount: number): DenseParameters {
  return {
    inputCount,
    outputCount,
    inputZeroPoint: 0,
    weights: new Int8Array(inputCount * outputCount).fill(1),
    bias: new Int32Array(outputCount),
    output: {
      multipliers: new Int32Array(outputCount).fill(2 ** 30),
      shifts: new Int32Array(outputCount).fill(-3),
      outputZeroPoint: 0,
      min: -128,
      max: 127,
    },
  };
}

const shapes = [layer(8, 4), layer(16, 4), layer(8, 4)];
const translate = (optimize: Optimize) =>
  translateKernels(
    shapes.map((parameters) => dense.lower(parameters, 'scalar', optimize)),
    { checks: 'none', optimize },
  );
const definitions = (code: string) => code.match(/^WICK_\w+ .* {$/gm) ?? [];

describe('translateKernels', () => {
  it.each([
    { optimize: 'speed', kernel: 'denseChannelPairs' },
    { optimize: 'size', kernel: 'denseBytes' },
  ] as const)('has a function for each shape, for $optimize', ({ optimize, kernel }) => {
    const { functionOf } = translate(optimize);
    expect(functionOf).toEqual([`${kernel}_0`, `${kernel}_1`, `${kernel}_0`]);
  });

  it('copies what a kernel calls for each shape, for size not', () => {
    expect(definitions(translate('speed').code)).toHaveLength(2 * 2);
    expect(definitions(translate('size').code)).toHaveLength(2 + 1);
  });
});
