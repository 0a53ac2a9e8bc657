import { elementCount, type Quantization, type Tensor } from '../../../graph/types.ts';
import { activationNames } from '../../../import/tflite/names.ts';
import type { svdf as svdfOp } from '../../../ops/svdf.ts';
import type { unidirectionalSequenceLstm } from '../../../ops/unidirectional_sequence_lstm.ts';
import {
  type AttributesOf,
  activationCode,
  addZeroBias,
  type Exporter,
  inputOf,
  numbersOf,
  outputOf,
} from '../node.ts';
import { leftOut, typeNameOf } from '../subgraph.ts';

const whole = (scale: number, zeroPoint: number): Quantization => ({
  scale: [scale],
  zeroPoint: [zeroPoint],
});

/** SVDF, whose state is a variable tensor of the type of the time weights. TFLM does not run it without a bias. */
export const svdf: Exporter<AttributesOf<typeof svdfOp>> = (node, file) => {
  const { rank, activation, stateScale, stateZeroPoint } = node.attributes;
  const [input, features, time, bias] = node.inputs as [Tensor, Tensor, Tensor, Tensor?];
  const isFloat = time.dtype === 'float32';
  const units = outputOf(node).shape[1] as number;
  const [timeScale = 1] = time.quantization?.scale ?? [];
  const sums = isFloat ? undefined : whole(Math.fround(stateScale * timeScale), 0);
  const state = file.add({
    name: `${outputOf(node).name}/state`,
    shape: [1, elementCount(time.shape)],
    type: typeNameOf(time),
    quantization: isFloat ? undefined : whole(stateScale, stateZeroPoint),
    isVariable: true,
  });
  file.operator({
    name: 'SVDF',
    inputs: [
      ...numbersOf(file, [input, features, time]),
      bias === undefined ? addZeroBias(file, node, units, sums) : file.tensor(bias),
      state,
    ],
    outputs: numbersOf(file, node.outputs),
    options: { rank, fusedActivationFunction: activationCode(activation) },
    version: isFloat ? 1 : 3,
  });
};

/** Gates have an intermediate tensor each, which layer normalization would use. */
const gateNames = ['input', 'forget', 'cell', 'output'] as const;

/**
 * UNIDIRECTIONAL_SEQUENCE_LSTM with hidden and cell state as variable tensors. LiteRT wants five intermediate tensors in an
 * int8 one, of which it looks at the last: the hidden state before a projection, which is the output here. TFLM wants them
 * without elements.
 */
export const sequenceLstm: Exporter<AttributesOf<typeof unidirectionalSequenceLstm>> = (
  node,
  file,
) => {
  const { timeMajor, cellClip, cellScale } = node.attributes;
  const output = outputOf(node);
  const units = output.shape.at(-1) as number;
  const isFloat = inputOf(node).dtype === 'float32';
  const add = (name: string, type: string, quantization: Quantization | undefined, kept: boolean) =>
    file.add({
      name: `${output.name}/${name}`,
      shape: kept ? [1, units] : [0],
      type,
      quantization: isFloat ? undefined : quantization,
      isVariable: kept,
    });
  const hidden = add('hidden', typeNameOf(output), output.quantization, true);
  const cell = add('cell', isFloat ? 'FLOAT32' : 'INT16', whole(cellScale, 0), true);
  const none = (count: number) => new Array<number>(count).fill(leftOut);
  const operands = numbersOf(file, node.inputs);
  file.operator({
    name: 'UNIDIRECTIONAL_SEQUENCE_LSTM',
    // Left out are peepholes, a projection and layer normalization.
    inputs: [
      ...operands.slice(0, 9),
      ...none(3),
      ...operands.slice(9),
      ...none(2),
      hidden,
      cell,
      ...none(4),
    ],
    outputs: numbersOf(file, node.outputs),
    options: {
      fusedActivationFunction: activationNames.indexOf('TANH'),
      cellClip,
      timeMajor,
    },
    version: 1,
    ...(!isFloat && {
      intermediates: [
        ...gateNames.map((gate) => add(`${gate} gate`, 'INT16', whole(2 ** -12, 0), false)),
        add('projected', 'INT8', output.quantization, false),
      ],
    }),
  });
};
