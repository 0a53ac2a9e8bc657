import { depthwiseConv2d } from '../../../src/ops/depthwise_conv2d.ts';
import type { WeightBits } from '../../../src/ops/support/quantized.ts';
import { batchRuns, type CaseMapping, filterOf, pairOf, windowOf } from '../case-values.ts';
import type { CmsisCase } from '../reference.ts';

/** `arm_depthwise_conv_s8` and its variants. */
export const depthwiseConvS8: CaseMapping = (example) => depthwiseConvCase(example, 8);

/** A depthwise convolution of a case with weights of so many bits. */
export function depthwiseConvCase(example: CmsisCase, weightBits: WeightBits) {
  const { geometry, sizes } = windowOf(example);
  const channels = geometry.outputShape[2];
  const parameters = {
    ...geometry,
    ...filterOf(example, channels, 1, channels, weightBits),
    dilation: pairOf(example, 'dilation'),
  };
  return batchRuns(depthwiseConv2d, parameters, example, sizes);
}
