import { transposeConv2d } from '../../../src/ops/transpose_conv2d.ts';
import {
  batchRuns,
  type CaseMapping,
  filterOf,
  numberOf,
  pairOf,
  windowOf,
} from '../case-values.ts';

/** `arm_transpose_conv_s8` and its wrapper. */
export const transposeConvS8: CaseMapping = (example) => {
  if (numberOf(example, 'groups') !== 1) return { reason: 'transpose_conv2d has no groups' };
  if (pairOf(example, 'dilation').some((step) => step !== 1)) {
    return { reason: 'transpose_conv2d has no dilation' };
  }
  const { geometry, sizes } = windowOf(example);
  const channels = geometry.outputShape[2];
  const parameters = {
    ...geometry,
    ...filterOf(example, channels, channels, geometry.inputShape[2]),
  };
  return batchRuns(transposeConv2d, parameters, example, sizes);
};
