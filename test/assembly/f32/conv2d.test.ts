import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  anySeed,
  expectClose,
  kernels,
  noise,
  place,
  placeParameter,
  read,
  readParameter,
  reset,
  room,
} from './harness.ts';
import {
  type Convolution,
  columnSums,
  convForward,
  convInputGradient,
  convWeightGradient,
  outputSize,
} from './naive.ts';

const between = (min: number, max: number) => fc.integer({ min, max });

const convolutions: fc.Arbitrary<Convolution> = fc
  .record({
    groups: between(1, 4),
    groupChannels: between(1, 5),
    groupOutputs: between(1, 20),
    kernel: fc.tuple(between(1, 3), between(1, 3)),
    stride: fc.tuple(between(1, 3), between(1, 3)),
    dilation: fc.tuple(between(1, 2), between(1, 3)),
    padding: fc.tuple(between(0, 2), between(0, 2), between(0, 2), between(0, 2)),
    out: fc.tuple(between(1, 4), between(1, 5)),
    spare: fc.tuple(between(0, 2), between(0, 2)),
  })
  .map(({ groups, groupChannels, groupOutputs, out, spare, ...window }) => {
    const extent = (axis: 0 | 1) => {
      const padding =
        (window.padding[axis * 2] as number) + (window.padding[axis * 2 + 1] as number);
      const needed =
        (out[axis] - 1) * window.stride[axis] +
        (window.kernel[axis] - 1) * window.dilation[axis] +
        1;
      return Math.max(1, needed + spare[axis] - padding);
    };
    return {
      ...window,
      groups,
      height: extent(0),
      width: extent(1),
      channels: groups * groupChannels,
      outChannels: groups * groupOutputs,
    };
  });

/** The parameters of all kernels after the pointers. */
function geometry(c: Convolution): number[] {
  const paddedWidth = c.padding[2] + c.width + c.padding[3];
  const sizes = [paddedWidth, c.channels, ...outputSize(c), c.outChannels];
  return [...sizes, ...c.kernel, ...c.stride, ...c.dilation, c.groups];
}

const rowsOf = (c: Convolution) => (c.kernel[0] * c.kernel[1] * c.channels) / c.groups;

const layouts = (c: Convolution) => ({
  weights: { groups: c.groups, rows: rowsOf(c), columns: c.outChannels / c.groups },
  bias: { groups: c.groups, rows: 1, columns: c.outChannels / c.groups },
});

const outputLength = (c: Convolution) => outputSize(c).reduce((a, b) => a * b) * c.outChannels;

function paddedLength(c: Convolution): number {
  const [top, bottom, left, right] = c.padding;
  return (top + c.height + bottom) * (left + c.width + right) * c.channels;
}

function placePadded(c: Convolution, x: Float32Array): number {
  const padded = room(paddedLength(c));
  kernels.padImage(place(x), padded, c.height, c.width, c.channels, ...c.padding);
  return padded;
}

function forward(c: Convolution, x: Float32Array, w: Float32Array, bias: Float32Array) {
  const { weights, bias: biasLayout } = layouts(c);
  const y = room(outputLength(c));
  kernels.conv2dForward(
    placePadded(c, x),
    placeParameter(weights, w),
    placeParameter(biasLayout, bias),
    y,
    ...geometry(c),
  );
  return read(y, outputLength(c));
}

function weightGradient(c: Convolution, x: Float32Array, dy: Float32Array, initial: Float32Array) {
  const { weights } = layouts(c);
  const gradient = placeParameter(weights, initial);
  kernels.conv2dWeightGradient(placePadded(c, x), place(dy), gradient, ...geometry(c));
  return readParameter(weights, gradient);
}

function inputGradient(c: Convolution, w: Float32Array, dy: Float32Array) {
  const { weights } = layouts(c);
  const transposed = room(c.groups * weights.columns * Math.ceil(weights.rows / 16) * 16);
  kernels.transposePanels(
    c.groups,
    weights.rows,
    weights.columns,
    placeParameter(weights, w),
    transposed,
  );
  const padded = place(new Float32Array(paddedLength(c)));
  const scratch = room((outputSize(c)[1] as number) * weights.rows);
  kernels.conv2dInputGradient(place(dy), transposed, padded, scratch, ...geometry(c));
  const dx = room(c.height * c.width * c.channels);
  const [top, , left, right] = c.padding;
  kernels.cropImage(padded, dx, c.height, c.width, c.channels, top, left, right);
  return read(dx, c.height * c.width * c.channels);
}

describe('conv2d, for any stride, dilation, padding, groups and number of channels', () => {
  beforeEach(reset);

  const property = (check: (c: Convolution, seed: number) => void) =>
    fc.assert(
      fc.property(convolutions, anySeed, (c, seed) => {
        reset();
        check(c, seed);
      }),
      { numRuns: 200 },
    );

  const inputs = (c: Convolution, seed: number) => ({
    x: noise(c.height * c.width * c.channels, seed),
    w: noise(c.outChannels * rowsOf(c), seed + 1),
    bias: noise(c.outChannels, seed + 2),
    dy: noise(outputLength(c), seed + 3),
  });

  it('sums the products of window and weights over the bias', () => {
    property((c, seed) => {
      const { x, w, bias } = inputs(c, seed);
      expectClose(forward(c, x, w, bias), convForward(c, x, w, bias));
    });
  });

  it('adds to the weight gradient the correlation of input and output gradient', () => {
    property((c, seed) => {
      const { x, w: initial, dy } = inputs(c, seed);
      const expected = convWeightGradient(c, x, dy).map(
        (value, i) => value + (initial[i] as number),
      );
      expectClose(weightGradient(c, x, dy, initial), expected);
    });
  });

  it('sends the output gradient back to every pixel of its window', () => {
    property((c, seed) => {
      const { w, dy } = inputs(c, seed);
      expectClose(inputGradient(c, w, dy), convInputGradient(c, w, dy));
    });
  });

  it('adds to the bias gradient the sum over the pixels', () => {
    property((c, seed) => {
      const { bias: initial, dy } = inputs(c, seed);
      const { bias } = layouts(c);
      const gradient = placeParameter(bias, initial);
      const pixels = dy.length / c.outChannels;
      kernels.conv2dBiasGradient(place(dy), gradient, pixels, c.outChannels, c.groups);
      const expected = columnSums(pixels, c.outChannels, dy).map(
        (v, i) => v + (initial[i] as number),
      );
      expectClose(readParameter(bias, gradient), expected);
    });
  });
});

describe('conv2d, worked by hand: X is 3x4 of 1 to 12, K = [[1, 0], [0, 1]], b = 0, all dL/dZ are 1', () => {
  const c: Convolution = {
    height: 3,
    width: 4,
    channels: 1,
    outChannels: 1,
    kernel: [2, 2],
    stride: [1, 1],
    dilation: [1, 1],
    padding: [0, 0, 0, 0],
    groups: 1,
  };
  const x = Float32Array.from({ length: 12 }, (_, i) => i + 1);
  const k = Float32Array.of(1, 0, 0, 1);
  const dz = new Float32Array(6).fill(1);
  beforeEach(reset);

  it('Z adds each number and its neighbour below on the right', () => {
    expect([...forward(c, x, k, Float32Array.of(0))]).toEqual([7, 9, 11, 15, 17, 19]);
  });

  it('dL/dK sums the numbers that each weight has met', () => {
    expect([...weightGradient(c, x, dz, new Float32Array(4))]).toEqual([24, 30, 48, 54]);
  });

  it('dL/dX counts the windows in which each number met a weight of 1', () => {
    expect([...inputGradient(c, k, dz)]).toEqual([1, 1, 1, 0, 1, 2, 2, 1, 0, 1, 1, 1]);
  });
});
