import { maxPool2d } from '../../../src/ops/max_pool2d.ts';
import { activationOf, batchRuns, type CaseMapping, pairOf, windowOf } from '../case-values.ts';

/** `arm_max_pool_s8`. */
export const maxPoolS8: CaseMapping = (example) => {
  const { geometry, sizes } = windowOf(example);
  const parameters = { ...geometry, ...activationOf(example), kernel: pairOf(example, 'filter') };
  return batchRuns(maxPool2d, parameters, example, sizes);
};
