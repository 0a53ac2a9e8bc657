import { int8, type TensorFixture } from '../tflite.ts';
import { type Becomes, bias, toY, zeros } from './case.ts';

/** Operators that remember. */
export function sequenceCases(becomes: Becomes): void {
  const whole = (shape: readonly number[]) =>
    int8(shape, 0.25, 0, zeros(shape.reduce((a, b) => a * b, 1)));
  becomes(
    'takes the quantization of its state from the variable',
    toY('SVDF', ['x', 'f', 't', '', 's'], { rank: 2, fusedActivationFunction: 1 }),
    {
      x: int8([1, 3]),
      f: whole([4, 3]),
      t: whole([4, 5]),
      s: { ...int8([1, 20], 0.125, 7), isVariable: true },
      y: int8([1, 2]),
    },
    {
      op: 'svdf',
      inputs: ['x', 'f', 't'],
      attributes: { rank: 2, activation: 'relu', stateScale: 0.125, stateZeroPoint: 7 },
    },
  );
  const gates = ['i', 'f', 'c', 'o'];
  const named = (prefix: string, tensor: TensorFixture) =>
    Object.fromEntries(gates.map((gate) => [prefix + gate, tensor]));
  becomes(
    'takes the scale of its cell from the variable',
    toY(
      'UNIDIRECTIONAL_SEQUENCE_LSTM',
      [
        'x',
        ...gates.map((gate) => `w${gate}`),
        ...gates.map((gate) => `r${gate}`),
        ...['', '', ''],
        ...gates.map((gate) => `b${gate}`),
        ...['', '', 'h', 'cell', '', '', '', ''],
      ],
      { fusedActivationFunction: 4, cellClip: 10, timeMajor: true },
    ),
    {
      x: int8([3, 1, 2]),
      ...named('w', whole([4, 2])),
      ...named('r', whole([4, 4])),
      ...named('b', bias(4)),
      h: { ...int8([1, 4], 1 / 128), isVariable: true },
      cell: { shape: [1, 4], type: 'INT16', scale: [2 ** -11], isVariable: true },
      y: int8([3, 1, 4], 1 / 128),
    },
    {
      op: 'unidirectional_sequence_lstm',
      inputs: ['x', 'wi', 'wf', 'wc', 'wo', 'ri', 'rf', 'rc', 'ro', 'bi', 'bf', 'bc', 'bo'],
      attributes: { timeMajor: true, cellClip: 10, cellScale: 2 ** -11 },
    },
  );
}
