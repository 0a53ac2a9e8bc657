import {
  type LstmParameters,
  unidirectionalSequenceLstm,
} from '../../../src/ops/unidirectional_sequence_lstm.ts';
import { type CaseMapping, caseRun, int8Values, int32Values, numberOf } from '../case-values.ts';

const gateNames = ['input', 'forget', 'cell', 'output'] as const;

/** `arm_lstm_unidirectional_s8`. */
export const lstmUnidirectionalS8: CaseMapping = (example) => {
  const number = (key: string) => numberOf(example, key);
  const scaling = (name: string) => ({
    multiplier: number(`${name}_multiplier`),
    shift: number(`${name}_shift`),
  });
  const forget = scaling('forget_to_cell');
  if (forget.multiplier !== 2 ** 30 || forget.shift !== -14) {
    return { reason: 'the forget gate has Q0.15' };
  }
  const gatesOf = (source: 'input' | 'hidden') => ({
    weights: Int8Array.from(
      gateNames.flatMap((gate) => [...int8Values(example, `${gate}_gate_${source}_weights`)]),
    ),
    rescale: gateNames.map((gate) => scaling(`${gate}_gate_${source}`)),
  });
  const unitCount = number('hidden_size');
  const outputZeroPoint = number('output_zero_point');
  const clip = number('cell_clip');
  const parameters: LstmParameters = {
    steps: number('time_steps'),
    unitCount,
    input: {
      ...gatesOf('input'),
      depth: number('input_size'),
      bias: Int32Array.from(
        gateNames.flatMap((gate) => [...int32Values(example, `${gate}_gate_bias`)]),
      ),
      // The case states what is added to the input.
      zeroPoint: -number('input_zero_point'),
    },
    hidden: {
      ...gatesOf('hidden'),
      depth: unitCount,
      bias: new Int32Array(4 * unitCount),
      zeroPoint: outputZeroPoint,
    },
    cellPower: number('cell_scale_power'),
    inputToCell: scaling('input_to_cell'),
    cellRange: [-clip, clip],
    output: scaling('output'),
    outputZeroPoint,
  };
  const expected = int8Values(example, 'expected');
  return [
    caseRun(unidirectionalSequenceLstm, parameters, [int8Values(example, 'input')], expected),
  ];
};
