// Convolutions whose windows see the image itself beyond its border, as PyTorch's `padding_mode` says.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Conv2dParameters, conv2d } from '../../src/ops/conv2d.ts';
import { type DepthwiseConv2dParameters, depthwiseConv2d } from '../../src/ops/depthwise_conv2d.ts';
import { check } from '../../src/schema.ts';
import { compileForTraining } from '../../src/train/engine/compile.ts';
import { createNetwork } from '../support/networks.ts';
import {
  expectEverywhere,
  expectKernels,
  int8,
  int8Weight,
  outputStages,
  propertyRuns,
  values,
} from '../support/oracle.ts';
import { expectCompiledEqual, expectNearFloat, quantizedLayer } from '../support/single-layer.ts';
import { thrownMessage } from '../support/thrown.ts';

const modes = ['reflect', 'replicate', 'circular'] as const;
type Mode = (typeof modes)[number];
type Triple = readonly [number, number, number];

const size = ([height, width, channels]: Triple) => height * width * channels;

/** How far a mode may pad an axis. */
const most = (mode: Mode, extent: number) =>
  ({ reflect: extent - 1, replicate: 4, circular: extent })[mode];

/** The place that place i of an axis shows, from the periods of the pattern. */
function shown(i: number, extent: number, mode: Mode): number {
  if (mode === 'replicate') return Math.min(Math.max(i, 0), extent - 1);
  if (mode === 'circular') return (i + extent) % extent;
  return extent - 1 - Math.abs(extent - 1 - Math.abs(i));
}

/** The image with its border written out. */
function paddedCopy(
  input: Int8Array,
  [height, width, channels]: Triple,
  [top, bottom, left, right]: readonly [number, number, number, number],
  mode: Mode,
): Int8Array {
  const copy: number[] = [];
  for (let y = -top; y < height + bottom; y++) {
    for (let x = -left; x < width + right; x++) {
      const from = (shown(y, height, mode) * width + shown(x, width, mode)) * channels;
      copy.push(...input.subarray(from, from + channels));
    }
  }
  return Int8Array.from(copy);
}

const pairOf = (least: number, greatest: number) =>
  fc.tuple(fc.integer({ min: least, max: greatest }), fc.integer({ min: least, max: greatest }));

/** What both convolutions have in common, as far as the mode and the image allow. */
const windows = fc
  .record({
    mode: fc.constantFrom(...modes),
    image: pairOf(1, 7),
    kernel: pairOf(1, 4),
    stride: pairOf(1, 3),
    dilation: fc.oneof(fc.constant([1, 1] as const), pairOf(1, 3)),
    wanted: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4), fc.nat(4)),
    inputZeroPoint: int8,
  })
  .map(({ wanted, ...rest }) => {
    const padding = wanted.map((amount, side) =>
      Math.min(amount, most(rest.mode, rest.image[side < 2 ? 0 : 1])),
    ) as [number, number, number, number];
    const outputs = ([0, 1] as const).map((axis) => {
      const padded =
        rest.image[axis] + (padding[2 * axis] as number) + (padding[2 * axis + 1] as number);
      const extent = (rest.kernel[axis] - 1) * rest.dilation[axis] + 1;
      return Math.floor((padded - extent) / rest.stride[axis]) + 1;
    }) as [number, number];
    return { ...rest, padding, outputs };
  })
  .filter(({ outputs }) => outputs.every((count) => count >= 1));

const biases = (channels: number) =>
  fc
    .array(fc.integer({ min: -(2 ** 16), max: 2 ** 16 }), {
      minLength: channels,
      maxLength: channels,
    })
    .map((list) => Int32Array.from(list));

type Shape = typeof windows extends fc.Arbitrary<infer T> ? T : never;

/** The parameters with a padding mode, and those of the same convolution over the padded copy. */
function bothWays<P extends object>(
  { mode, padding, stride, dilation, kernel, inputZeroPoint, outputs, image }: Shape,
  inputs: number,
  channels: number,
  rest: P,
) {
  const [top, bottom, left, right] = padding;
  const common = {
    ...rest,
    ...{ kernel, stride, dilation, inputZeroPoint },
    outputShape: [...outputs, channels] as const,
  };
  const padded = [image[0] + top + bottom, image[1] + left + right, inputs] as const;
  return {
    withMode: {
      ...common,
      inputShape: [...image, inputs] as const,
      padding: { top, left },
      paddingMode: mode,
    },
    overCopy: { ...common, inputShape: padded, padding: { top: 0, left: 0 } },
  };
}

const convolutions = windows.chain((shape) =>
  fc
    .record({
      groups: fc.integer({ min: 1, max: 2 }),
      groupInputs: fc.integer({ min: 1, max: 3 }),
      groupOutputs: fc.integer({ min: 1, max: 5 }),
    })
    .chain(({ groups, groupInputs, groupOutputs }) => {
      const [inputs, channels] = [groups * groupInputs, groups * groupOutputs];
      return fc
        .record({
          input: values(int8, size([...shape.image, inputs])),
          weights: values(int8Weight, channels * shape.kernel[0] * shape.kernel[1] * groupInputs),
          bias: biases(channels),
          output: outputStages(channels),
        })
        .map(({ input, ...rest }) => ({
          input,
          shape,
          ...bothWays(shape, inputs, channels, { ...rest, groups }),
        }));
    }),
);

const depthwiseConvolutions = windows.chain((shape) =>
  fc
    .record({
      inputs: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 7, max: 17 })),
      multiplier: fc.integer({ min: 1, max: 3 }),
    })
    .chain(({ inputs, multiplier }) => {
      const channels = inputs * multiplier;
      return fc
        .record({
          input: values(int8, size([...shape.image, inputs])),
          weights: values(int8Weight, channels * shape.kernel[0] * shape.kernel[1]),
          bias: biases(channels),
          output: outputStages(channels),
        })
        .map(({ input, ...rest }) => ({
          input,
          shape,
          ...bothWays(shape, inputs, channels, rest),
        }));
    }),
);

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
