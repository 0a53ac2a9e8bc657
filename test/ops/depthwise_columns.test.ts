// Depthwise convolutions 3x3 that scalar kernels compute column by column (assembly/depthwise_columns.ts), and those that
// they must not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DepthwiseConv2dParameters, depthwiseConv2d } from '../../src/ops/depthwise_conv2d.ts';
import { runCall } from '../support/kernels.ts';
import {
  expectKernels,
  int8,
  int8Weight,
  outputStages,
  propertyRuns,
  values,
} from '../support/oracle.ts';

const bit = fc.integer({ min: 0, max: 1 });
const sizes = fc.oneof(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 5, max: 9 }));
const flags = fc.tuple(bit, bit);

/** Strides of 1 or 2, a row or column of padding at any side, pixels left over behind, any number of channels. */
const anyCase = fc
  .record({
    channels: fc.integer({ min: 1, max: 5 }),
    stride: fc.constantFrom(1, 2),
    before: flags,
    behind: flags,
    leftOver: flags,
    outputSize: fc.tuple(sizes, sizes),
    inputZeroPoint: int8,
  })
  .chain(({ channels, stride, before, behind, leftOver, outputSize, inputZeroPoint }) => {
    const inputSize = ([0, 1] as const).map((axis) => {
      const covered = (outputSize[axis] - 1) * stride + 3 - before[axis];
      return behind[axis] === 1 ? covered - 1 : covered + leftOver[axis];
    }) as [number, number];
    return fc
      .record({
        input: values(int8, inputSize[0] * inputSize[1] * channels),
        weights: values(int8Weight, 9 * channels),
        bias: fc.array(fc.integer({ min: -(2 ** 20), max: 2 ** 20 }), {
          minLength: channels,
          maxLength: channels,
        }),
        output: outputStages(channels),
      })
      .map(({ input, weights, bias, output }) => ({
        input,
        parameters: {
          inputShape: [...inputSize, channels],
          outputShape: [...outputSize, channels],
          kernel: [3, 3],
          stride: [stride, stride],
          dilation: [1, 1],
          padding: { top: before[0], left: before[1] },
          inputZeroPoint,
          weights,
          bias: Int32Array.from(bias),
          output,
        } satisfies DepthwiseConv2dParameters,
      }));
  });

/** Three by three pixels, padded on all sides; the window in the middle sees them all. */
function layer(changes: Partial<DepthwiseConv2dParameters> = {}): DepthwiseConv2dParameters {
  return {
    inputShape: [3, 3, 1],
    outputShape: [3, 3, 1],
    kernel: [3, 3],
    stride: [1, 1],
    dilation: [1, 1],
    padding: { top: 1, left: 1 },
    inputZeroPoint: 0,
    weights: new Int8Array(9).fill(127),
    bias: Int32Array.of(0),
    output: {
      multipliers: Int32Array.of(2 ** 30 + 1),
      shifts: Int32Array.of(-14),
      outputZeroPoint: -3,
      min: -128,
      max: 127,
    },
    ...changes,
  };
}

const kernelOf = (parameters: DepthwiseConv2dParameters) =>
  depthwiseConv2d.lower(parameters, 'scalar', 'speed')?.kernel;
const byColumns = 'depthwiseConv2dColumns';
const general = 'depthwiseConv2dRowPairs';

function expectExact(parameters: DepthwiseConv2dParameters, input: Int8Array): void {
  const expected = depthwiseConv2d.reference(parameters, [input]);
  expectKernels(depthwiseConv2d, parameters, [input], expected);
}

describe('depthwise_conv2d 3x3 column by column', () => {
  it('takes a dead channel whose scale it could not take', () => {
    const { output } = layer();
    const dead = { multipliers: Int32Array.of(2 ** 30), shifts: Int32Array.of(-31) };
    const parameters = layer({ bias: Int32Array.of(2 ** 30), output: { ...output, ...dead } });
    expect(kernelOf(parameters)).toBe(byColumns);
    expectExact(parameters, Int8Array.of(1, -2, 3, -4, 5, -6, 7, -128, 127));
  });

  it('gives the same bytes as the reference', () => {
    let columns = 0;
    fc.assert(
      fc.property(anyCase, ({ input, parameters }) => {
        if (kernelOf(parameters) === byColumns) columns++;
        expectExact(parameters, input);
      }),
      { numRuns: propertyRuns },
    );
    expect(columns).toBeGreaterThan(propertyRuns / 2);
  });

  it('is exact at ties of both roundings, with and without a lower bound above -128', () => {
    // Weights of 1 in the middle only: an output for each input, of either sign.
    const input = Int8Array.from({ length: 256 }, (_, i) => i - 128);
    for (const shift of [-1, -2, -3, -20]) {
      for (const multiplier of [2 ** 30, 2 ** 30 + 2 ** 29, 2 ** 31 - 1]) {
        for (const min of [-128, -127, -3, 100]) {
          const stage = { multipliers: Int32Array.of(multiplier), shifts: Int32Array.of(shift) };
          const parameters = layer({
            inputShape: [16, 16, 1],
            outputShape: [16, 16, 1],
            weights: Int8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0),
            output: { ...stage, outputZeroPoint: -3, min, max: 127 },
          });
          expect(kernelOf(parameters)).toBe(byColumns);
          expectExact(parameters, input);
        }
      }
    }
  });

  it.each([
    ['upper', 127, 2 ** 21 - 1 - 9 * 127 * 127],
    ['lower', -128, -(2 ** 21) + 9 * 128 * 127],
  ])('takes sums up to the %s end of their lanes and no further', (_, value, bias) => {
    const input = new Int8Array(9).fill(value);
    const within = layer({ bias: Int32Array.of(bias) });
    expect(kernelOf(within)).toBe(byColumns);
    expectExact(within, input);
    const beyond = layer({ bias: Int32Array.of(bias + Math.sign(value)) });
    expect(kernelOf(beyond)).toBe(general);
    expectExact(beyond, input);
    // What the kernel would make of it.
    const call = depthwiseConv2d.lower(within, 'scalar', 'speed');
    if (call === null) throw new Error('there is no kernel');
    const weights = call.weights.slice();
    new DataView(weights.buffer).setInt32(12, bias + Math.sign(value), true);
    const forced = runCall({ ...call, weights }, 'scalar', [input], 9);
    expect(forced).not.toEqual(depthwiseConv2d.reference(beyond, [input]));
  });

  it.each([
    [-1, byColumns],
    [-20, byColumns],
    [0, general],
    [-21, general],
  ])('takes shifts from -20 to -1: with %i the kernel is %s', (shift, kernel) => {
    // Sums around 2^20 and more, of which even the greatest shift leaves a 0 and a 1.
    const output = {
      ...layer().output,
      multipliers: Int32Array.of(2 ** 31 - 1),
      shifts: Int32Array.of(shift),
      outputZeroPoint: shift < -1 ? 0 : -128,
    };
    const bias = Int32Array.of(shift < -1 ? 2 ** 20 : 0);
    expect(kernelOf(layer({ bias, output }))).toBe(kernel);
  });

  it.each([
    ['a stride of 2', { inputShape: [6, 6, 1], stride: [2, 2] }, byColumns],
    ['pixels left over', { inputShape: [5, 4, 1] }, byColumns],
    ['two strides', { inputShape: [6, 3, 1], stride: [2, 1] }, general],
    ['a stride of 3', { inputShape: [8, 8, 1], stride: [3, 3] }, general],
    ['more padding', { inputShape: [2, 3, 1], padding: { top: 2, left: 1 } }, general],
    ['more padding behind', { inputShape: [2, 3, 1] }, general],
    ['one row of outputs', { outputShape: [1, 3, 1] }, general],
    ['one column of outputs', { outputShape: [3, 1, 1] }, general],
    ['a dilation', { inputShape: [5, 5, 1], dilation: [2, 2] }, general],
    ['a border that shows the image', { paddingMode: 'reflect' }, general],
    ['more outputs than inputs', { outputShape: [3, 3, 2] }, general],
    ['another window', { kernel: [3, 1], weights: new Int8Array(3) }, general],
  ] as const)('with %s the kernel is the right one', (_, changes, kernel) => {
    const channels = (changes as Partial<DepthwiseConv2dParameters>).outputShape?.[2] ?? 1;
    const all = layer(changes);
    const repeated = Int8Array.from({ length: all.weights.length * channels }, () => 127);
    const list = (value: number) => new Int32Array(channels).fill(value);
    const output = { ...all.output, multipliers: list(2 ** 30 + 1), shifts: list(-14) };
    const parameters = { ...all, weights: repeated, bias: list(0), output };
    expect(kernelOf(parameters)).toBe(kernel);
    const [height, width] = parameters.inputShape;
    const input = Int8Array.from({ length: height * width }, (_, i) => ((i * 37) % 256) - 128);
    expectExact(parameters, input);
  });
});
