import { depthwiseConv2d } from '../../../src/ops/depthwise_conv2d.ts';
import { batchRuns, type CaseMapping, filterOf, pairOf, windowOf } from '../case-values.ts';

/** `arm_depthwise_conv_s8` and its variants. */
export const depthwiseConvS8: CaseMapping = (example) => {
  const { geometry, sizes } = windowOf(example);
  const channels = geometry.outputShape[2];
  const parameters = {
    ...geometry,
    ...filterOf(example, channels, 1, channels),
    dilation: pairOf(example, 'dilation'),
  };
  return batchRuns(depthwiseConv2d, parameters, example, sizes);
};
