import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { linkNative } from '../../src/native/link.ts';
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

const kernels = { speed: 'denseChannelPairs', size: 'denseBytes' } as const;
const shapes = [layer(8, 4), layer(16, 4), layer(8, 4)];
const link = (optimize: Optimize) =>
  linkNative(
    shapes.map((parameters) => dense.lower(parameters, 'scalar', optimize)),
    optimize,
  );

/** How many functions of a module have a body. */
function countFunctions(wasm: Uint8Array): number {
  const module = binaryen.readBinary(wasm);
  try {
    const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
      binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
    );
    return functions.filter(({ body }) => body !== 0).length;
  } finally {
    module.dispose();
  }
}

describe('linkNative', () => {
  it.each(['speed', 'size'] as const)('has a function for each shape, for %s', (optimize) => {
    const native = link(optimize);
    expect(native.functionOf).toEqual([0, 1, 0]);
    expect(native.functions.map(({ kernel }) => kernel)).toEqual([
      kernels[optimize],
      kernels[optimize],
    ]);
  });

  it('copies what a kernel calls for each shape, for size not', () => {
    expect(countFunctions(link('speed').wasm)).toBe(2 * 2);
    expect(countFunctions(link('size').wasm)).toBe(2 + 1);
  });
});
