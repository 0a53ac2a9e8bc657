import { elementCount, type Graph, type Tensor } from '../../src/graph/types.ts';
import { createRandom } from '../../src/random.ts';
import { int8Tensor } from './operands.ts';

/**
 * An int8 classifier of 5 classes that remembers: two svdf layers, the second with a state of int16, and a dense layer.
 * `stateZeroPoint` is what the first one's state starts from.
 */
export function statefulClassifier(stateZeroPoint: number): Graph {
  const random = createRandom(7);
  const weights = (name: string, shape: readonly number[], scale = 0.01): Tensor =>
    int8Tensor(
      name,
      shape,
      scale,
      0,
      Int8Array.from({ length: elementCount(shape) }, () => random.integer(255) - 127),
    );
  const wide: Tensor = {
    name: 'second/time',
    shape: [4, 5],
    dtype: 'int16',
    quantization: { scale: [2 ** -12], zeroPoint: [0] },
    data: Int16Array.from({ length: 20 }, () => random.integer(1024) - 512),
  };
  const tensors = [
    int8Tensor('x', [1, 6], 0.05, 4),
    weights('first/features', [6, 6]),
    weights('first/time', [6, 3]),
    int8Tensor('first', [1, 3], 0.05, -5),
    weights('second/features', [4, 3], 0.03),
    wide,
    int8Tensor('second', [1, 4], 0.01, 2),
    weights('logits/weights', [5, 4]),
    int8Tensor('logits', [1, 5], 0.01, 0),
  ];
  const svdf = (name: string, input: string, rank: number, scale: number, zeroPoint: number) => ({
    name,
    op: 'svdf',
    inputs: [input, `${name}/features`, `${name}/time`],
    outputs: [name],
    attributes: { rank, stateScale: scale, stateZeroPoint: zeroPoint },
  });
  return {
    name: 'stateful',
    tensors: new Map(tensors.map((tensor) => [tensor.name, tensor])),
    nodes: [
      svdf('first', 'x', 2, 0.1, stateZeroPoint),
      svdf('second', 'first', 1, 2 ** -10, 0),
      {
        name: 'logits',
        op: 'dense',
        inputs: ['second', 'logits/weights'],
        outputs: ['logits'],
        attributes: {},
      },
    ],
    inputs: ['x'],
    outputs: ['logits'],
  };
}
