import { int8, type TensorFixture } from '../tflite.ts';
import { type Becomes, toY } from './case.ts';

/** Operators that take element by element. */
export function elementwiseCases(becomes: Becomes): void {
  const row = int8([1, 3]);
  const constant = int8([3], 0.5, 0, [1, 2, 3]);
  for (const [name, op] of [
    ['ADD', 'add'],
    ['MUL', 'mul'],
  ] as const) {
    becomes(
      'with a constant first takes it second',
      toY(name, ['c', 'x'], { fusedActivationFunction: 1 }),
      { x: row, c: constant, y: row },
      { op, inputs: ['x', 'c'], attributes: { activation: 'relu' } },
    );
  }
  becomes(
    'with broadcasting',
    toY('SUB', ['x', 'z'], {}),
    { x: row, z: int8([1, 1]), y: row },
    { op: 'sub', inputs: ['x', 'z'], attributes: { activation: 'none' } },
  );
  for (const [name, op] of [
    ['MAXIMUM', 'maximum'],
    ['MINIMUM', 'minimum'],
  ] as const) {
    becomes(
      'of two tensors',
      toY(name, ['c', 'x']),
      { x: row, c: constant, y: row },
      { op, inputs: ['x', 'c'], attributes: {} },
    );
  }
  for (const [name, op, y] of [
    ['RELU', 'relu', row],
    ['RELU6', 'relu6', row],
    ['RELU_N1_TO_1', 'relu_n1_to_1', row],
    ['HARD_SWISH', 'hard_swish', row],
    ['LOGISTIC', 'logistic', int8([1, 3], 1 / 256, -128)],
    ['TANH', 'tanh', int8([1, 3], 1 / 128, 0)],
  ] as const) {
    becomes('of one tensor', toY(name, ['x']), { x: row, y }, { op, attributes: {} });
  }
  becomes(
    'with its slope',
    toY('LEAKY_RELU', ['x'], { alpha: 0.125 }),
    { x: row, y: row },
    { op: 'leaky_relu', attributes: { alpha: 0.125 } },
  );
  becomes(
    'with a slope for each channel',
    toY('PRELU', ['x', 'c']),
    { x: row, c: constant, y: row },
    { op: 'prelu', inputs: ['x', 'c'], attributes: {} },
  );
  becomes(
    'with its factor',
    toY('SOFTMAX', ['x'], { beta: 2 }),
    { x: row, y: int8([1, 3], 1 / 256, -128) },
    { op: 'softmax', attributes: { beta: 2 } },
  );
}

/** From one quantization to another. */
export function quantizationCases(becomes: Becomes): void {
  const float: TensorFixture = { shape: [1, 3] };
  becomes(
    'from one scale to another',
    toY('QUANTIZE', ['x']),
    { x: int8([1, 3]), y: int8([1, 3], 0.25, 5) },
    { op: 'quantize', attributes: {} },
  );
  becomes(
    'of a float input',
    toY('QUANTIZE', ['x']),
    { x: float, y: int8([1, 3]) },
    { op: 'quantize', inputs: ['x'], outputs: ['y'], attributes: {} },
  );
  becomes(
    'to a float output',
    toY('DEQUANTIZE', ['x']),
    { x: int8([1, 3]), y: float },
    { op: 'dequantize', inputs: ['x'], outputs: ['y'], attributes: {} },
  );
}

/** Paddings. */
export function borderCases(becomes: Becomes): void {
  const pairs = (...data: number[]): TensorFixture => ({ shape: [2, 2], type: 'INT32', data });
  const padded = { x: int8([2, 3], 0.5, 4), p: pairs(1, 0, 0, 2), y: int8([3, 5], 0.5, 4) };
  const padding = [
    [1, 0],
    [0, 2],
  ];
  becomes('with zeros', toY('PAD', ['x', 'p']), padded, {
    op: 'pad',
    inputs: ['x'],
    attributes: { padding, mode: 'constant', value: 0 },
  });
  becomes(
    'with a quantized value',
    toY('PADV2', ['x', 'p', 'v']),
    { ...padded, v: int8([1], 0.5, 4, [-6]) },
    { op: 'pad', attributes: { padding, mode: 'constant', value: -5 } },
  );
  becomes('without the border', toY('MIRROR_PAD', ['x', 'p'], { mode: 0 }), padded, {
    op: 'pad',
    attributes: { padding, mode: 'reflect' },
  });
  becomes('with the border', toY('MIRROR_PAD', ['x', 'p'], { mode: 1 }), padded, {
    op: 'pad',
    attributes: { padding, mode: 'symmetric' },
  });
}
