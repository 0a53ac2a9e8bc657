import { describe, expect, it } from 'vitest';
import { instantiate } from '../../tools/bench/kernels/instance.ts';
import { layers } from '../../tools/bench/kernels/layers.ts';
import { measure, tools } from '../../tools/m4/measure.ts';
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

      it('gives them with each region, and with each access checked: none lies outside', () => {
        const run = { call: instance.lower('scalar', 'size'), inputs, expected };
        const unchecked = measure(run).instructions;
        measure(run, 'regions');
        expect(measure(run, 'accesses').instructions).toBeGreaterThan(unchecked);
      });
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
