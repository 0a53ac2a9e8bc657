import { averagePool2d } from '../../../src/ops/average_pool2d.ts';
import { activationOf, batchRuns, type CaseMapping, pairOf, windowOf } from '../case-values.ts';

/** `arm_avgpool_s8`. */
export const avgpoolS8: CaseMapping = (example) => {
  const { geometry, sizes } = windowOf(example);
  const parameters = { ...geometry, ...activationOf(example), kernel: pairOf(example, 'filter') };
  return batchRuns(averagePool2d, parameters, example, sizes);
};
