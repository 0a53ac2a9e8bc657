import { type SvdfParameters, svdf } from '../../../src/ops/svdf.ts';
import {
  type CaseMapping,
  caseRun,
  int8Values,
  int32Values,
  numberOf,
  pairOf,
} from '../case-values.ts';

/**
 * `arm_svdf_s8`. A batch is as many sequences side by side, each from an empty state; the expected output is that of the
 * last step.
 */
export const svdfS8: CaseMapping = (example) => {
  const [low, high] = pairOf(example, 'input_activation');
  if (low !== -128 || high !== 127) return { reason: 'svdf does not clamp its state' };
  if (int8Values(example, 'state').some((value) => value !== 0)) {
    return { reason: 'svdf starts from an empty state' };
  }
  const number = (key: string) => numberOf(example, key);
  const [min, max] = pairOf(example, 'output_activation');
  const rank = number('rank');
  const inputCount = number('input_size');
  const unitCount = number('feature_batches') / rank;
  const parameters: SvdfParameters = {
    inputCount,
    unitCount,
    rank,
    memory: number('time_batches'),
    inputZeroPoint: number('input_offset'),
    stateZeroPoint: 0,
    featureWeights: int8Values(example, 'weights_feature'),
    feature: { multiplier: number('input_multiplier'), shift: number('input_shift') },
    timeWeights: int8Values(example, 'weights_time'),
    bias: int32Values(example, 'bias'),
    output: {
      multipliers: Int32Array.of(number('output_multiplier')),
      shifts: Int32Array.of(number('output_shift')),
      outputZeroPoint: number('output_offset'),
      min,
      max,
    },
  };
  const sequence = int8Values(example, 'input_sequence');
  const expected = int8Values(example, 'expected');
  const batches = number('batches');
  const steps = Array.from({ length: sequence.length / inputCount }, (_, step) =>
    sequence.slice(step * inputCount, (step + 1) * inputCount),
  );
  return Array.from({ length: batches }, (_, batch) => {
    const own = steps.filter((_, step) => step % batches === batch).map((input) => [input]);
    const offset = batch * unitCount;
    const output = expected.slice(offset, offset + unitCount);
    return caseRun(svdf, parameters, own.at(-1) ?? [], output, {
      offset,
      before: own.slice(0, -1),
    });
  });
};
