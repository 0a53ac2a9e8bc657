// The proof that no lane overflows (flushInterval in src/ops/support/pack.ts) as the kernels see it: the interval that each
// gets is right, and one longer is wrong.
import { describe, expect, it } from 'vitest';
import { conv2d } from '../../src/ops/conv2d.ts';
import { dense } from '../../src/ops/dense.ts';
import { depthwiseConv2d } from '../../src/ops/depthwise_conv2d.ts';
import type { KernelCall, Op, Optimize } from '../../src/ops/op.ts';
import { transposeConv2d } from '../../src/ops/transpose_conv2d.ts';
import { runCall } from '../support/kernels.ts';

/** A layer of these taps, each weight and each input of one value, whose outputs are 30 unless a lane overflows. */
interface LaneCase {
  readonly weight: number;
  readonly input: number;
  /** Taps of two stretches as long as they can be. */
  readonly depth: number;
  /** The same as a rectangle. */
  readonly rectangle: readonly [number, number];
}

const laneCases: readonly LaneCase[] = [
  { weight: -128, input: -128, depth: 2 * 255, rectangle: [17, 30] },
  { weight: -127, input: -128, depth: 2 * 258, rectangle: [12, 43] },
  { weight: 127, input: -128, depth: 2 * 258, rectangle: [43, 12] },
];

/** What all layers of a case have in common, with this many output channels. */
function laneLayer({ weight, input, depth }: LaneCase, channels: number) {
  return {
    inputZeroPoint: 0,
    weights: new Int8Array(depth * channels).fill(weight),
    bias: new Int32Array(channels).fill(60 - depth * weight * input),
    output: {
      multipliers: new Int32Array(channels).fill(2 ** 30),
      shifts: new Int32Array(channels),
      outputZeroPoint: 0,
      min: -128,
      max: 127,
    },
  };
}

/** A layer with its input's and its output's number of values. */
interface LaneLayer {
  lower(optimize: Optimize): KernelCall | null;
  reference(input: Int8Array): Int8Array;
  readonly inputs: number;
}

function layerOf<A, P>(op: Op<A, P>, parameters: P, inputs: number): LaneLayer {
  return {
    lower: (optimize) => op.lower(parameters, 'scalar', optimize),
    reference: (input) => op.reference(parameters, [input]),
    inputs,
  };
}

const unit = { stride: [1, 1], padding: { top: 0, left: 0 } } as const;
const pixels = 4;
const laneLayers = {
  dense: (example: LaneCase) =>
    layerOf(
      dense,
      { inputCount: example.depth, outputCount: 4, ...laneLayer(example, 4) },
      example.depth,
    ),
  conv2d: (example: LaneCase) =>
    layerOf(
      conv2d,
      {
        ...unit,
        ...laneLayer(example, 5),
        inputShape: [1, pixels, example.depth],
        outputShape: [1, pixels, 5],
        kernel: [1, 1],
        dilation: [1, 1],
        groups: 1,
      },
      pixels * example.depth,
    ),
  depthwise_conv2d: (example: LaneCase) => {
    const [height, width] = example.rectangle;
    return layerOf(
      depthwiseConv2d,
      {
        ...unit,
        ...laneLayer(example, 2),
        inputShape: [height + 1, width + 1, 2],
        outputShape: [2, 2, 2],
        kernel: [height, width],
        dilation: [1, 1],
      },
      (height + 1) * (width + 1) * 2,
    );
  },
  transpose_conv2d: (example: LaneCase) =>
    layerOf(
      transposeConv2d,
      {
        ...unit,
        ...laneLayer(example, 3),
        inputShape: [1, pixels, example.depth],
        outputShape: [1, pixels, 3],
        kernel: [1, 1],
      },
      pixels * example.depth,
    ),
} as const;

describe.each([
  ['channels in lanes', 'dense', 'speed', 'denseChannelPairs'],
  ['channels in lanes', 'conv2d', 'speed', 'conv2dChannelPairs'],
  ['pixels in lanes', 'conv2d', 'size', 'conv2dPixelPairs'],
  ['pixels in lanes', 'depthwise_conv2d', 'size', 'depthwiseConv2dRowPairs'],
  ['pixels in lanes', 'transpose_conv2d', 'size', 'transposeConv2dPixelPairs'],
] as const)('the interval of a kernel with %s (%s, for %s)', (_, op, optimize, kernel) => {
  it.each(laneCases)('is the longest that is right: products of $weight and $input', (example) => {
    const layer = laneLayers[op](example);
    const call = layer.lower(optimize);
    if (call === null) throw new Error(`${op} has no kernel`);
    expect(call.kernel).toBe(kernel);
    const longest = example.depth / 2;
    expect(call.arguments.at(-1)).toBe(longest);

    const input = new Int8Array(layer.inputs).fill(example.input);
    const expected = layer.reference(input);
    expect(new Set(expected)).toEqual(new Set([30]));
    const withInterval = (interval: number) => {
      const changed = { ...call, arguments: [...call.arguments.slice(0, -1), interval] };
      return runCall(changed, 'scalar', [input], expected.length);
    };
    expect(withInterval(longest)).toEqual(expected);
    expect(withInterval(longest + 1)).not.toEqual(expected);
  });
});
