import type { Mapping } from './operation.ts';
import { mirrorPad, pad, padV2 } from './operators/border.ts';
import { conv2d, depthwiseConv2d, transposeConv } from './operators/convolution.ts';
import { arithmetic, extremum, leakyRelu, prelu, softmax, unary } from './operators/elementwise.ts';
import { mean, reduceMax, resize } from './operators/image.ts';
import { pool } from './operators/pool.ts';
import { batchMatMul, fullyConnected } from './operators/product.ts';
import { dequantize, quantize } from './operators/quantization.ts';
import { sequenceLstm, svdf } from './operators/sequence.ts';
import { pack, shape, transpose, unpack, view } from './operators/shape.ts';
import { concatenation, slicing, split, splitV, stridedSlice } from './operators/slice.ts';
import {
  addOptions,
  expandDimsOptions,
  hardSwishOptions,
  mulOptions,
  padOptions,
  reshapeOptions,
  resizeBilinearOptions,
  resizeNearestNeighborOptions,
  squeezeOptions,
  subOptions,
} from './options.ts';

/** How each operator becomes nodes, by its name in TFLite: a line an operator. Those that are missing are not supported. */
export const operators: Readonly<Record<string, Mapping | undefined>> = {
  ADD: arithmetic('add', addOptions),
  AVERAGE_POOL_2D: pool('average_pool2d'),
  BATCH_MATMUL: batchMatMul,
  CONCATENATION: concatenation,
  CONV_2D: conv2d,
  DEPTHWISE_CONV_2D: depthwiseConv2d,
  DEQUANTIZE: dequantize,
  EXPAND_DIMS: view(expandDimsOptions),
  FULLY_CONNECTED: fullyConnected,
  HARD_SWISH: unary('hard_swish', hardSwishOptions),
  LEAKY_RELU: leakyRelu,
  LOGISTIC: unary('logistic'),
  MAX_POOL_2D: pool('max_pool2d'),
  MAXIMUM: extremum('maximum'),
  MEAN: mean,
  MINIMUM: extremum('minimum'),
  MIRROR_PAD: mirrorPad,
  MUL: arithmetic('mul', mulOptions),
  PACK: pack,
  PAD: pad(padOptions),
  PADV2: padV2,
  PRELU: prelu,
  QUANTIZE: quantize,
  REDUCE_MAX: reduceMax,
  RELU: unary('relu'),
  RELU6: unary('relu6'),
  RELU_N1_TO_1: unary('relu_n1_to_1'),
  RESHAPE: view(reshapeOptions),
  RESIZE_BILINEAR: resize('resize_bilinear', resizeBilinearOptions),
  RESIZE_NEAREST_NEIGHBOR: resize('resize_nearest_neighbor', resizeNearestNeighborOptions),
  SHAPE: shape,
  SLICE: slicing,
  SOFTMAX: softmax,
  SPLIT: split,
  SPLIT_V: splitV,
  SQUEEZE: view(squeezeOptions),
  STRIDED_SLICE: stridedSlice,
  SUB: arithmetic('sub', subOptions),
  SVDF: svdf,
  TANH: unary('tanh'),
  TRANSPOSE: transpose,
  TRANSPOSE_CONV: transposeConv,
  UNIDIRECTIONAL_SEQUENCE_LSTM: sequenceLstm,
  UNPACK: unpack,
};
