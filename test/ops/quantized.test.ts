import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/graph/types.ts';
import { add } from '../../src/ops/add.ts';
import { conv2d } from '../../src/ops/conv2d.ts';
import { dense } from '../../src/ops/dense.ts';
import { depthwiseConv2d } from '../../src/ops/depthwise_conv2d.ts';
import { mul } from '../../src/ops/mul.ts';
import type { OutputStage } from '../../src/ops/support/fixedpoint.ts';
import { prepareGates } from '../../src/ops/support/gates.ts';
import { transposeConv2d } from '../../src/ops/transpose_conv2d.ts';
import { int8Tensor, nodeOf } from '../support/operands.ts';

const { fround } = Math;

/** Scales whose product is no float32, so that it matters where it is rounded. */
const [input, weights, output] = [fround(0.1), fround(0.01), fround(0.05)];

/** The int32 multiplier of a factor near 0.02, shifted by -5. */
const multiplierOf = (factor: number) => Math.round(factor * 2 ** (31 + 5));
const exact = multiplierOf((input * weights) / output);
const rounded = multiplierOf(fround(input * weights) / output);

const image = int8Tensor('x', [1, 2, 2, 2], input);
const window = { stride: [1, 1], dilation: [1, 1], padding: [0, 0, 0, 0] } as const;
const activation = 'none' as const;
const to = { scale: output, zeroPoint: 0 };

/** Constant weights of two output channels: with one scale for both, or a scale each. */
function constant(shape: readonly number[], perChannel: boolean, axis = 0): Tensor {
  const data = new Int8Array(shape.reduce((a, b) => a * b));
  const tensor = int8Tensor('w', shape, weights, 0, data);
  return perChannel
    ? { ...tensor, quantization: { scale: [weights, weights], zeroPoint: [0, 0], axis } }
    : tensor;
}

/** The output stage of each layer with weights, prepared from tensors. */
const stages: Readonly<Record<string, (perChannel: boolean) => OutputStage>> = {
  conv2d: (perChannel) =>
    conv2d.prepare(
      nodeOf(
        conv2d,
        { ...window, paddingMode: 'zeros', groups: 1, activation },
        [image, constant([2, 1, 1, 2], perChannel)],
        to,
      ),
    ).output,
  depthwise_conv2d: (perChannel) =>
    depthwiseConv2d.prepare(
      nodeOf(
        depthwiseConv2d,
        { ...window, paddingMode: 'zeros', activation },
        [image, constant([1, 1, 1, 2], perChannel, 3)],
        to,
      ),
    ).output,
  transpose_conv2d: (perChannel) =>
    transposeConv2d.prepare(
      nodeOf(
        transposeConv2d,
        { stride: [1, 1], padding: [0, 0], outputSize: [2, 2], activation },
        [image, constant([2, 1, 1, 2], perChannel)],
        to,
      ),
    ).output,
  dense: (perChannel) =>
    dense.prepare(
      nodeOf(
        dense,
        { activation },
        [int8Tensor('x', [1, 2], input), constant([2, 2], perChannel)],
        to,
      ),
    ).output,
};

describe('the scales of input and weights', () => {
  it('have a product that float32 rounds to another multiplier', () => {
    expect(rounded).not.toBe(exact);
  });

  it.each(Object.keys(stages))('are multiplied exactly for %s with a scale a channel', (name) => {
    const stage = stages[name]?.(true);
    expect([...(stage?.multipliers ?? [])]).toEqual([exact, exact]);
    expect([...(stage?.shifts ?? [])]).toEqual([-5, -5]);
  });

  it.each(['conv2d', 'depthwise_conv2d', 'transpose_conv2d'])(
    'are multiplied exactly for %s with one scale as well',
    (name) => {
      expect([...(stages[name]?.(false).multipliers ?? [])]).toEqual([exact, exact]);
    },
  );

  it('are multiplied in float32 for dense with one scale', () => {
    expect([...(stages.dense?.(false).multipliers ?? [])]).toEqual([rounded, rounded]);
  });

  it('are multiplied in float32 for the gates of an LSTM', () => {
    const { rescale } = prepareGates('lstm', int8Tensor('x', [1, 2], input), [
      constant([2, 2], false),
    ]);
    const product = fround(input * weights) * 2 ** 12;
    expect(rescale).toEqual([{ multiplier: Math.round(product * 2 ** 28), shift: 3 }]);
    expect(Math.round(input * weights * 2 ** 40)).not.toBe(rescale[0]?.multiplier);
  });
});

describe('the scales of two operands', () => {
  const operands = [int8Tensor('a', [1], input), int8Tensor('b', [1], weights)];

  it('are multiplied exactly for mul', () => {
    const { multipliers } = mul.prepare(nodeOf(mul, { activation }, operands, to)).output;
    expect([...multipliers]).toEqual([exact]);
  });

  it('are divided in double precision for add, that of the output too', () => {
    const sum = { scale: fround(0.07), zeroPoint: 0 };
    const parameters = add.prepare(nodeOf(add, { activation }, operands, sum));
    const factor = weights / (2 * input);
    expect(parameters.second.multiplier).toBe(Math.round(factor * 2 ** 35));
    expect(parameters.second.multiplier).not.toBe(Math.round(fround(factor) * 2 ** 35));
    const last = (2 * input) / sum.scale;
    expect([...parameters.output.multipliers]).toEqual([Math.round(last * 2 ** 29)]);
    expect(Math.round(fround(last) * 2 ** 29)).not.toBe(Math.round(last * 2 ** 29));
  });
});
