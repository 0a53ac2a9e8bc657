import type { batchMatmul } from '../../ops/batch_matmul.ts';
import type { leakyRelu } from '../../ops/leaky_relu.ts';
import type { softmax } from '../../ops/softmax.ts';
import type { AttributesOf, Exporter } from './node.ts';
import { pad } from './operators/border.ts';
import { conv2d, depthwiseConv2d, transposeConv2d } from './operators/convolution.ts';
import { direct, fused, mulVersion } from './operators/elementwise.ts';
import { mean, pool, resize } from './operators/image.ts';
import { sequenceLstm, svdf } from './operators/sequence.ts';
import { reshape, transpose } from './operators/shape.ts';
import { concat, split, stridedSlice } from './operators/slice.ts';
import { slidingWindow } from './operators/variables.ts';
import { dense } from './operators/weighted.ts';

/** How each op is written, by its name: a line an op. */
export const exporters: Readonly<Record<string, Exporter | undefined>> = {
  add: direct('ADD', { options: fused }),
  average_pool2d: pool('AVERAGE_POOL_2D'),
  batch_matmul: direct('BATCH_MATMUL', {
    options: ({ adjX, adjY }: AttributesOf<typeof batchMatmul>) => ({ adjX, adjY }),
  }),
  concat,
  conv2d,
  dense,
  depthwise_conv2d: depthwiseConv2d,
  dequantize: direct('DEQUANTIZE', { version: () => 2 }),
  hard_swish: direct('HARD_SWISH'),
  leaky_relu: direct('LEAKY_RELU', {
    options: ({ alpha }: AttributesOf<typeof leakyRelu>) => ({ alpha }),
  }),
  logistic: direct('LOGISTIC'),
  max_pool2d: pool('MAX_POOL_2D'),
  maximum: direct('MAXIMUM'),
  mean,
  minimum: direct('MINIMUM'),
  mul: direct('MUL', { options: fused, version: mulVersion }),
  pad,
  prelu: direct('PRELU'),
  quantize: direct('QUANTIZE'),
  relu: direct('RELU'),
  relu6: direct('RELU6'),
  relu_n1_to_1: direct('RELU_N1_TO_1'),
  reshape,
  resize_bilinear: resize('RESIZE_BILINEAR'),
  resize_nearest_neighbor: resize('RESIZE_NEAREST_NEIGHBOR'),
  sliding_window: slidingWindow,
  softmax: direct('SOFTMAX', {
    options: ({ beta }: AttributesOf<typeof softmax>) => ({ beta }),
  }),
  split,
  strided_slice: stridedSlice,
  sub: direct('SUB', { options: fused }),
  svdf,
  tanh: direct('TANH'),
  transpose,
  transpose_conv2d: transposeConv2d,
  unidirectional_sequence_lstm: sequenceLstm,
};
