import { conv2d } from '../../../src/ops/conv2d.ts';
import type { WeightBits } from '../../../src/ops/support/quantized.ts';
import {
  batchRuns,
  type CaseMapping,
  filterOf,
  numberOf,
  pairOf,
  windowOf,
} from '../case-values.ts';
import type { CmsisCase } from '../reference.ts';

/** `arm_convolve_s8` and its variants. */
export const convolveS8: CaseMapping = (example) => convolveCase(example, 8);

/** A convolution of a case with weights of so many bits. */
export function convolveCase(example: CmsisCase, weightBits: WeightBits) {
  const { geometry, sizes } = windowOf(example);
  const groups = numberOf(example, 'groups');
  const channels = geometry.outputShape[2];
  const parameters = {
    ...geometry,
    ...filterOf(example, channels, channels, geometry.inputShape[2] / groups, weightBits),
    dilation: pairOf(example, 'dilation'),
    groups,
  };
  return batchRuns(conv2d, parameters, example, sizes);
}
