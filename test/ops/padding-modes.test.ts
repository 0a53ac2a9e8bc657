// Convolutions whose windows see the image itself beyond its border, as PyTorch's `padding_mode` says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conv2dParameters, conv2d } from '../../src/ops/conv2d.ts';
import { type DepthwiseConv2dParameters, depthwiseConv2d } from '../../src/ops/depthwise_conv2d.ts';
import { check } from '../../src/schema.ts';
import { compileForTraining } from '../../src/train/engine/compile.ts';
import { createNetwork } from '../support/networks.ts';
import { expectEverywhere, expectKernels, propertyRuns } from '../support/oracle.ts';
import {
  convolutions,
  depthwiseConvolutions,
  type Mode,
  modes,
  paddedCopy,
} from '../support/padded-convolutions.ts';
import { expectCompiledEqual, expectNearFloat, quantizedLayer } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

/** A sum of each pixel's neighbours at the left, times 1, and at the right, times 10. */
const neighbours = (paddingMode: Mode | 'zeros') => ({
  inputShape: [1, 3, 1] as const,
  outputShape: [1, 3, 1] as const,
  kernel: [1, 3] as const,
  stride: [1, 1] as const,
  dilation: [1, 1] as const,
  padding: { top: 0, left: 1 },
  paddingMode,
  inputZeroPoint: 0,
  weights: Int8Array.of(1, 0, 10),
  bias: new Int32Array(1),
  output: {
    multipliers: Int32Array.of(2 ** 30),
    shifts: Int32Array.of(1),
    outputZeroPoint: 0,
    min: -128,
    max: 127,
  },
});

describe('padding modes of a convolution', () => {
  it.each([
    ['zeros', [20, 31, 2]],
    ['reflect', [22, 31, 22]],
    ['replicate', [21, 31, 32]],
    ['circular', [23, 31, 12]],
  ] as const)('show what lies beyond a row of 1, 2, 3 (%s)', (mode, expected) => {
    const row = [Int8Array.of(1, 2, 3)];
    const wanted = Int8Array.from(expected);
    expectEverywhere(conv2d, { ...neighbours(mode), groups: 1 }, row, wanted);
    expectEverywhere(depthwiseConv2d, neighbours(mode), row, wanted);
  });

  it('are those of a conv2d over the padded image, in every kernel variant', () => {
    fc.assert(
      fc.property(convolutions, ({ input, shape, withMode, overCopy }) => {
        const copy = paddedCopy(input, withMode.inputShape, shape.padding, shape.mode);
        const expected = conv2d.reference(overCopy satisfies Conv2dParameters, [copy]);
        expect(conv2d.reference(withMode, [input])).toEqual(expected);
        expectKernels(conv2d, withMode, [input], expected);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('are those of a depthwise_conv2d over the padded image, in every kernel variant', () => {
    fc.assert(
      fc.property(depthwiseConvolutions, ({ input, shape, withMode, overCopy }) => {
        const copy = paddedCopy(input, withMode.inputShape, shape.padding, shape.mode);
        const parameters: DepthwiseConv2dParameters = overCopy;
        const expected = depthwiseConv2d.reference(parameters, [copy]);
        expect(depthwiseConv2d.reference(withMode, [input])).toEqual(expected);
        expectKernels(depthwiseConv2d, withMode, [input], expected);
      }),
      { numRuns: propertyRuns },
    );
  });

  const attributes = {
    stride: [1, 1],
    dilation: [1, 1],
    padding: [2, 1, 1, 2],
    activation: 'none',
  } as const;
  const convAttributes = { ...attributes, groups: 1 } as const;

  describe.each(modes)('of a quantized layer (%s)', (paddingMode) => {
    const layers = [
      quantizedLayer({
        op: 'conv2d',
        attributes: { ...convAttributes, paddingMode },
        inputShape: [1, 5, 4, 3],
        weightShape: [6, 3, 3, 3],
        biasCount: 6,
        seed: 5,
      }),
      quantizedLayer({
        op: 'depthwise_conv2d',
        attributes: { ...attributes, paddingMode },
        inputShape: [1, 5, 4, 9],
        weightShape: [1, 3, 3, 9],
        biasCount: 9,
        seed: 6,
      }),
    ];

    it('give what the float op gives, to a step', () => {
      for (const layer of layers) expectNearFloat(layer);
    });

    it('give the same bytes when compiled', async () => {
      for (const layer of layers) await expectCompiledEqual(layer);
    });
  });

  it('are zeros where nothing is said', () => {
    expect(check(conv2d.attributes, convAttributes, 'here').paddingMode).toBe('zeros');
    expect(check(depthwiseConv2d.attributes, attributes, 'here').paddingMode).toBe('zeros');
    expect(
      thrownMessage(() =>
        check(conv2d.attributes, { ...convAttributes, paddingMode: 'mirror' }, 'here'),
      ),
    ).toContain("here, 'paddingMode': value does not fit");
  });

  const tensor = (name: string, shape: number[]) => ({ name, shape, dtype: 'int8' as const });
  const infer = (paddingMode: Mode, padding: readonly [number, number, number, number]) => () => {
    const [op, inputs] = [conv2d, [tensor('x', [1, 4, 3, 2]), tensor('w', [2, 2, 2, 2])]];
    const given = { ...convAttributes, padding, paddingMode };
    return op.inferShapes({ name: 'n', op: 'conv2d', attributes: given, inputs });
  };

  it.each([
    ['reflect', [3, 3, 2, 2], [0, 4, 0, 0], 'mirror along axis height: expected at most 3'],
    ['reflect', [3, 3, 2, 2], [0, 0, 3, 0], 'mirror along axis width: expected at most 2'],
    ['circular', [4, 4, 3, 3], [5, 0, 0, 0], 'repeat along axis height: expected at most 4'],
  ] as const)('refuse more than there is (%s)', (mode, fits, tooMuch, message) => {
    expect(infer(mode, fits)()).toHaveLength(1);
    expect(thrownMessage(infer(mode, tooMuch))).toContain(
      `node 'n' (conv2d): padding is larger than what there is to ${message}`,
    );
  });

  it('replicate as much as is wanted', () => {
    expect(infer('replicate', [9, 9, 9, 9])()).toEqual([[1, 21, 20, 2]]);
  });

  it('refuse a depthwise convolution alike', () => {
    const inputs = [tensor('x', [1, 4, 3, 2]), tensor('w', [1, 2, 2, 2])];
    const given = { ...attributes, padding: [4, 0, 0, 0], paddingMode: 'reflect' } as const;
    const node = { name: 'n', op: 'depthwise_conv2d', attributes: given, inputs };
    expect(thrownMessage(() => depthwiseConv2d.inferShapes(node))).toBe(
      "node 'n' (depthwise_conv2d): padding is larger than what there is to mirror along axis height: expected at most 3, received 4",
    );
  });

  it('are zeros only where a convolution is trained or calibrated', () => {
    const net = createNetwork(1, [1, 6, 6, 1]);
    net.conv2d('conv', 'x', { channels: 2, padding: [1, 1, 1, 1] });
    net.dense('logits', net.flatten('flat', 'conv'), 3);
    const graph = net.graph(['logits']);
    const nodes = graph.nodes.map((node) =>
      node.name === 'conv'
        ? { ...node, attributes: { ...node.attributes, paddingMode: 'reflect' } }
        : node,
    );
    const options = { batchSize: 1, training: false, everyTensor: true };
    expect(() => compileForTraining(graph, options)).not.toThrow();
    expect(thrownMessage(() => compileForTraining({ ...graph, nodes }, options))).toBe(
      "node 'conv' (conv2d): the training engine cannot pad by the image itself: expected paddingMode 'zeros', received 'reflect'",
    );
  });
});
