import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/graph/types.ts';
import { translateKernels } from '../../src/native/kernels.ts';
import { dequantize } from '../../src/ops/dequantize.ts';
import { quantize } from '../../src/ops/quantize.ts';
import { instantiate } from '../../tools/bench/kernels/instance.ts';
import {
  createLayerBench,
  type LayerBench,
  type LayerRun,
} from '../../tools/bench/kernels/layer-firmware.ts';
import { layers } from '../../tools/bench/kernels/layers.ts';
import { canBuild, installBuildTools } from '../support/firmware.ts';
import { bytesOf } from '../support/floats.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const installQemu = 'apt-get install qemu-system-arm (Debian)';
const install = `${installBuildTools}, ${installQemu}`;
const hasQemu = requireTool('qemu-system-arm', installQemu);
const present = canBuild && hasQemu;

/** The smallest layer of each op. */
const smallest = [...new Set(layers.map(({ op }) => op))].map((op) =>
  layers
    .filter((layer) => layer.op === op)
    .map(instantiate)
    .reduce((least, other) => (other.work.count < least.work.count ? other : least)),
);

const border = { count: 23, scale: Math.fround(0.1), zeroPoint: -3 };
const int8s = Int8Array.from({ length: border.count }, (_, i) => 11 * i - 128);
const floats = Float32Array.from(
  { length: border.count },
  (_, i) =>
    [NaN, Infinity, -Infinity, -0, 1e30, -1e30, 0.25, -0.25][i] ?? (i - 15.5) * border.scale,
);

const quantization = { scale: [border.scale], zeroPoint: [border.zeroPoint] };
const int8Values = { shape: [1, border.count], dtype: 'int8', quantization } as const;
const realValues = { shape: [1, border.count], dtype: 'float32' } as const;
const borderContext = (op: string, input: Omit<Tensor, 'name'>, output: Omit<Tensor, 'name'>) => ({
  ...{ name: op, op, attributes: {} },
  inputs: [{ name: 'x', ...input }],
  outputs: [{ name: 'y', ...output }],
});

/** The layers at a graph's borders, which no benchmark has, as bytes. */
const borders = [
  {
    name: 'quantize',
    context: borderContext('quantize', realValues, int8Values),
    inputs: [bytesOf(floats)],
    expected: quantize.reference(border, [floats]),
  },
  {
    name: 'dequantize',
    context: borderContext('dequantize', int8Values, realValues),
    inputs: [int8s],
    expected: bytesOf(dequantize.reference(border, [int8s])),
  },
];

/** How a firmware is built where nothing else is said. */
const plain = { optimize: 'speed', checks: 'none' } as const;

describe.skipIf(!present)(titleWithTool('a layer as Thumb code in QEMU', present, install), () => {
  let bench: LayerBench;
  // It throws where the output of the emulated Cortex-M4 is not the reference's.
  const measure = (run: LayerRun) => bench.measure(run);

  beforeAll(async () => {
    bench = await createLayerBench();
  });

  afterAll(() => bench?.close());

  describe.each(smallest.map((instance) => ({ name: instance.layer.op, instance })))(
    '$name',
    ({ instance: { context, inputs, expected } }) => {
      const layer = { context, inputs, expected };

      it.each(['speed', 'size'] as const)(
        "gives the reference's bytes, optimized for %s",
        async (optimize) => {
          const { instructions, codeBytes } = await measure({ ...layer, ...plain, optimize });
          expect(instructions).toBeGreaterThan(0);
          expect(codeBytes).toBeGreaterThan(0);
        },
      );

      it('gives them with each block, and with each access checked: none lies outside', async () => {
        const run = { ...layer, optimize: 'size' } as const;
        const unchecked = await measure({ ...run, checks: 'none' });
        await measure({ ...run, checks: 'block' });
        const { instructions } = await measure({ ...run, checks: 'access' });
        expect(instructions).toBeGreaterThan(unchecked.instructions);
      });
    },
  );

  it.each(borders)("gives the reference's bytes for $name, each access checked", async (layer) => {
    expect((await measure({ ...layer, ...plain, checks: 'access' })).instructions).toBeGreaterThan(
      0,
    );
    expect((await measure({ ...layer, ...plain })).instructions).toBeGreaterThan(0);
  });

  it.each(['add', 'conv2d', 'depthwise_conv2d', 'dense'])(
    'knows each product that is rounded to its upper half in %s as one instruction',
    (op) => {
      const { lower } = smallest.find(({ layer }) => layer.op === op) as (typeof smallest)[number];
      const { code } = translateKernels([lower('scalar', 'speed')], {
        checks: 'none',
        optimize: 'speed',
      });
      expect(code).toMatch(/wick_high_product\(/);
      expect(code).not.toMatch(/\+ 2147483648ull\) >> 32/);
    },
  );

  it('counts the same instructions each time', async () => {
    const [{ context, inputs, expected }] = smallest as [(typeof smallest)[number]];
    const run = { context, inputs, expected, ...plain };
    expect(await measure(run)).toEqual(await measure(run));
  });

  it('refuses an output that is not the expected one, at its first difference', async () => {
    const [{ context, inputs, expected }] = smallest as [(typeof smallest)[number]];
    const wrong = expected.slice();
    wrong[3] = (expected[3] as number) ^ 1;
    const run = { context, inputs, expected: wrong, ...plain };
    await expect(measure(run)).rejects.toThrow('difference at 3');
  });
});
