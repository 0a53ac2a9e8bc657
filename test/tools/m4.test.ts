import { describe, expect, it } from 'vitest';
import { translateKernels } from '../../src/native/kernels.ts';
import { dequantize } from '../../src/ops/dequantize.ts';
import { quantize } from '../../src/ops/quantize.ts';
import { lowerBorder } from '../../src/ops/support/float_border.ts';
import { instantiate } from '../../tools/bench/kernels/instance.ts';
import { layers } from '../../tools/bench/kernels/layers.ts';
import { measure, tools } from '../../tools/m4/measure.ts';
import { bytesOf } from '../support/floats.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const install = `apt-get install ${Object.values(tools).join(' ')} (Debian)`;
const present = Object.keys(tools).every((command) => requireTool(command, install));

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

/** The layers at a graph's borders, which no benchmark has, as bytes. */
const borders = [
  {
    name: 'quantize' as const,
    inputs: [bytesOf(floats)],
    expected: quantize.reference(border, [floats]),
  },
  {
    name: 'dequantize' as const,
    inputs: [int8s],
    expected: bytesOf(dequantize.reference(border, [int8s])),
  },
];

describe.skipIf(!present)(titleWithTool('a layer as Thumb code in QEMU', present, install), () => {
  // The program on the emulated Cortex-M4 compares its output with the reference's; `measure` throws where it differs.
  describe.each(smallest.map((instance) => ({ name: instance.layer.op, instance })))(
    '$name',
    ({ instance }) => {
      const { inputs, expected } = instance;

      it.each(['speed', 'size'] as const)(
        "gives the reference's bytes, optimized for %s",
        (how) => {
          const { instructions, codeBytes } = measure({
            call: instance.lower('scalar', how),
            inputs,
            expected,
          });
          expect(instructions).toBeGreaterThan(0);
          expect(codeBytes).toBeGreaterThan(0);
        },
      );

      it('gives them with each block, and with each access checked: none lies outside', () => {
        const run = { call: instance.lower('scalar', 'size'), inputs, expected };
        const unchecked = measure(run).instructions;
        measure(run, 'block');
        expect(measure(run, 'access').instructions).toBeGreaterThan(unchecked);
      });
    },
  );

  it.each(borders)("gives the reference's bytes for $name, each access checked", (layer) => {
    const { name, inputs, expected } = layer;
    const run = { call: lowerBorder(name, border, 'scalar'), inputs, expected };
    expect(measure(run, 'access').instructions).toBeGreaterThan(0);
    expect(measure(run).instructions).toBeGreaterThan(0);
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

  it('counts the same instructions each time', () => {
    const [{ inputs, expected, lower }] = smallest as [(typeof smallest)[number]];
    const run = { call: lower('scalar', 'speed'), inputs, expected };
    expect(measure(run)).toEqual(measure(run));
  });

  it('refuses an output that is not the expected one, at its first difference', () => {
    const [{ inputs, expected, lower }] = smallest as [(typeof smallest)[number]];
    const wrong = expected.slice();
    wrong[3] = (expected[3] as number) ^ 1;
    const run = { call: lower('scalar', 'speed'), inputs, expected: wrong };
    expect(() => measure(run)).toThrow('difference at 3');
  });
});
