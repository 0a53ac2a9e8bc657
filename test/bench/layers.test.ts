import { describe, expect, it } from 'vitest';
import { ops } from '../../src/ops/registry.generated.ts';
import { instantiate } from '../../tools/bench/kernels/instance.ts';
import { type Layer, layers } from '../../tools/bench/kernels/layers.ts';
import { kernelVariants, runCall } from '../support/kernels.ts';

const titleOf = ({ op, name }: Layer) => `${op} ${name}`;

describe('the layers of the kernel benchmark', () => {
  it('have names of their own, and an op each', () => {
    expect(new Set(layers.map(titleOf)).size).toBe(layers.length);
    expect(layers.filter(({ op }) => !ops.has(op))).toEqual([]);
  });

  it.each([
    ['kws', 'conv2d 1x1 64-64 on 25x5', 512_000],
    ['ic', 'conv2d 3x3 64-64 on 8x8', 2_359_296],
    ['vww', 'depthwise_conv2d 3x3/2 128 on 6x6', 10_368],
    ['ad', 'dense 640-128', 81_920],
    ['mnist', 'conv2d 3x3 1-32 on 28x28', 194_688],
  ])('count the multiplications of %s: %s takes %d', (model, title, macs) => {
    const layer = layers.find((each) => titleOf(each) === title) as Layer;
    expect(layer.model).toBe(model);
    expect(instantiate(layer).work).toEqual({ count: macs, unit: 'MAC' });
  });

  it('have the same values each time', () => {
    const [first, second] = [0, 0].map((index) => instantiate(layers[index] as Layer));
    expect(first?.inputs).toEqual(second?.inputs);
    expect(first?.expected).toEqual(second?.expected);
  });

  it.each(layers.map((layer) => [titleOf(layer), layer] as const))(
    '%s: every kernel variant gives what the reference gives',
    (_, layer) => {
      const { inputs, expected, lower } = instantiate(layer);
      for (const { name, variant, optimize } of kernelVariants) {
        const output = runCall(lower(variant, optimize), variant, inputs, expected.length);
        expect(output, name).toEqual(expected);
      }
    },
  );
});
