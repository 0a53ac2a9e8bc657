import { int8, numbers } from '../tflite.ts';
import { type Becomes, bias, toY, weights } from './case.ts';

/** Convolutions. */
export function convolutionCases(becomes: Becomes): void {
  const image = int8([1, 7, 6, 4]);

  becomes(
    'with SAME padding, of which the greater part lies behind',
    toY('CONV_2D', ['x', 'w', 'b'], {
      padding: 0,
      strideH: 2,
      strideW: 1,
      fusedActivationFunction: 3,
    }),
    { x: image, w: weights([3, 3, 4, 4], 0), b: bias(3), y: int8([1, 4, 6, 3]) },
    {
      op: 'conv2d',
      inputs: ['x', 'w', 'b'],
      attributes: {
        stride: [2, 1],
        dilation: [1, 1],
        padding: [1, 1, 1, 2],
        groups: 1,
        activation: 'relu6',
      },
    },
  );
  becomes(
    'with VALID padding, dilation and groups, without a bias',
    toY('CONV_2D', ['x', 'w', ''], {
      padding: 1,
      strideH: 1,
      strideW: 1,
      dilationHFactor: 3,
      dilationWFactor: 2,
    }),
    { x: image, w: weights([2, 2, 2, 2], 0), y: int8([1, 4, 4, 2]) },
    {
      op: 'conv2d',
      inputs: ['x', 'w'],
      attributes: {
        stride: [1, 1],
        dilation: [3, 2],
        padding: [0, 0, 0, 0],
        groups: 2,
        activation: 'none',
      },
    },
  );
  becomes(
    'with a depth multiplier',
    toY('DEPTHWISE_CONV_2D', ['x', 'w', 'b'], {
      padding: 0,
      strideH: 1,
      strideW: 1,
      depthMultiplier: 2,
      fusedActivationFunction: 1,
      dilationHFactor: 2,
    }),
    { x: image, w: weights([1, 3, 3, 8], 3), b: bias(8), y: int8([1, 7, 6, 8]) },
    {
      op: 'depthwise_conv2d',
      attributes: {
        stride: [1, 1],
        dilation: [2, 1],
        padding: [2, 2, 1, 1],
        activation: 'relu',
      },
    },
  );
  becomes(
    'takes its image from the third input, and is cut at the top as the convolution back pads',
    toY('TRANSPOSE_CONV', ['shape', 'w', 'x', 'b'], { padding: 0, strideH: 2, strideW: 3 }),
    {
      shape: numbers(1, 14, 18, 2),
      w: weights([2, 5, 3, 4], 0),
      x: image,
      b: bias(2),
      y: int8([1, 14, 18, 2]),
    },
    {
      op: 'transpose_conv2d',
      inputs: ['x', 'w', 'b'],
      attributes: { stride: [2, 3], padding: [1, 0], outputSize: [14, 18], activation: 'none' },
    },
  );
}

/** Products of matrices. */
export function productCases(becomes: Becomes): void {
  becomes(
    'of a vector',
    toY('FULLY_CONNECTED', ['x', 'w', 'b'], { fusedActivationFunction: 2 }),
    { x: int8([1, 6]), w: weights([3, 6], 0), b: bias(3), y: int8([1, 3]) },
    { op: 'dense', inputs: ['x', 'w', 'b'], attributes: { activation: 'relu_n1_to_1' } },
  );
  becomes(
    'of an image, whose rows lie one behind another',
    toY('FULLY_CONNECTED', ['x', 'w', ''], { keepNumDims: true }),
    { x: int8([1, 2, 1, 3]), w: weights([3, 6], 0), y: int8([1, 1, 3]) },
    { op: 'reshape', inputs: ['x'], attributes: { shape: [1, 6] } },
    { op: 'dense', attributes: { activation: 'none' } },
    { op: 'reshape', outputs: ['y'], attributes: { shape: [1, 1, 3] } },
  );
  becomes(
    'of several vectors is a convolution of 1x1',
    toY('FULLY_CONNECTED', ['x', 'w', 'b'], { keepNumDims: true }),
    { x: int8([1, 5, 6]), w: weights([3, 6], 0), b: bias(3), y: int8([1, 5, 3]) },
    { op: 'reshape', attributes: { shape: [1, 1, 5, 6] } },
    {
      op: 'conv2d',
      attributes: {
        stride: [1, 1],
        dilation: [1, 1],
        padding: [0, 0, 0, 0],
        groups: 1,
        activation: 'none',
      },
    },
    { op: 'reshape', outputs: ['y'], attributes: { shape: [1, 5, 3] } },
  );
  becomes(
    'of two activations, one stored transposed',
    toY('BATCH_MATMUL', ['x', 'z'], { adjY: true }),
    { x: int8([1, 2, 3]), z: int8([1, 4, 3]), y: int8([1, 2, 4]) },
    { op: 'batch_matmul', inputs: ['x', 'z'], attributes: { adjX: false, adjY: true } },
  );
}

/** Pools, means and sizes. */
export function imageCases(becomes: Becomes): void {
  const options = { padding: 0, strideH: 2, strideW: 2, filterHeight: 3, filterWidth: 2 };
  for (const [name, op] of [
    ['MAX_POOL_2D', 'max_pool2d'],
    ['AVERAGE_POOL_2D', 'average_pool2d'],
  ] as const) {
    becomes(
      'with SAME padding',
      toY(name, ['x'], options),
      { x: int8([1, 5, 4, 2]), y: int8([1, 3, 2, 2]) },
      {
        op,
        attributes: {
          kernel: [3, 2],
          stride: [2, 2],
          padding: [1, 1, 0, 0],
          activation: 'none',
        },
      },
    );
  }
  becomes(
    'over axes that count from the last',
    toY('MEAN', ['x', 'a'], { keepDims: true }),
    { x: int8([1, 4, 3, 2]), a: numbers(1, -2), y: int8([1, 1, 1, 2]) },
    { op: 'mean', inputs: ['x'], attributes: { axes: [1, 2], keepDims: true } },
  );
  becomes(
    'is a pool over the whole image',
    toY('REDUCE_MAX', ['x', 'a'], {}),
    { x: int8([1, 4, 3, 2]), a: numbers(-2, 1), y: int8([1, 2]) },
    {
      op: 'max_pool2d',
      attributes: { kernel: [4, 3], stride: [4, 3], padding: [0, 0, 0, 0], activation: 'none' },
    },
    { op: 'reshape', outputs: ['y'], attributes: { shape: [1, 2] } },
  );
  becomes(
    'over one axis keeps the other',
    toY('REDUCE_MAX', ['x', 'a'], { keepDims: true }),
    { x: int8([1, 4, 3, 2]), a: numbers(2), y: int8([1, 4, 1, 2]) },
    {
      op: 'max_pool2d',
      attributes: { kernel: [1, 3], stride: [1, 3], padding: [0, 0, 0, 0], activation: 'none' },
    },
  );
  becomes(
    'with corners upon each other',
    toY('RESIZE_BILINEAR', ['x', 's'], { alignCorners: true }),
    { x: int8([1, 2, 2, 1]), s: numbers(3, 4), y: int8([1, 3, 4, 1]) },
    {
      op: 'resize_bilinear',
      attributes: { size: [3, 4], alignCorners: true, halfPixelCenters: false },
    },
  );
  becomes(
    'with centers at half places',
    toY('RESIZE_NEAREST_NEIGHBOR', ['x', 's'], { halfPixelCenters: true }),
    { x: int8([1, 2, 2, 1]), s: numbers(4, 4), y: int8([1, 4, 4, 1]) },
    {
      op: 'resize_nearest_neighbor',
      attributes: { size: [4, 4], alignCorners: false, halfPixelCenters: true },
    },
  );
}
