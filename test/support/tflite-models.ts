import type { ModelFixture, TensorFixture } from './tflite.ts';
import { int8, numbers } from './tflite.ts';
import { bias, weights } from './tflite-cases/case.ts';

/** A small network: two convolutions with a branch, a pool, a dense layer, softmax. */
export const convolutionModel: ModelFixture = {
  tensors: {
    x: { ...int8([1, 8, 8, 2]), shapeSignature: [-1, 8, 8, 2] },
    w1: weights([4, 3, 3, 2], 0),
    b1: bias(4),
    a: int8([1, 8, 8, 4]),
    w2: weights([1, 3, 3, 4], 3),
    b2: bias(4),
    b: int8([1, 8, 8, 4]),
    sum: int8([1, 8, 8, 4]),
    pooled: int8([1, 4, 4, 4]),
    axes: numbers(1, 2),
    mean: int8([1, 4]),
    w3: weights([3, 4], 0),
    b3: bias(3),
    logits: int8([1, 3]),
    y: int8([1, 3], 1 / 256, -128),
  },
  operators: [
    {
      op: 'CONV_2D',
      inputs: ['x', 'w1', 'b1'],
      outputs: ['a'],
      options: { padding: 0, strideH: 1, strideW: 1, fusedActivationFunction: 1 },
    },
    {
      op: 'DEPTHWISE_CONV_2D',
      inputs: ['a', 'w2', 'b2'],
      outputs: ['b'],
      options: { padding: 0, strideH: 1, strideW: 1, depthMultiplier: 1 },
    },
    { op: 'ADD', inputs: ['a', 'b'], outputs: ['sum'], options: {} },
    {
      op: 'MAX_POOL_2D',
      inputs: ['sum'],
      outputs: ['pooled'],
      options: { padding: 1, strideH: 2, strideW: 2, filterHeight: 2, filterWidth: 2 },
    },
    { op: 'MEAN', inputs: ['pooled', 'axes'], outputs: ['mean'], options: {} },
    { op: 'FULLY_CONNECTED', inputs: ['mean', 'w3', 'b3'], outputs: ['logits'], options: {} },
    { op: 'SOFTMAX', inputs: ['logits'], outputs: ['y'], options: { beta: 1 } },
  ],
  inputs: ['x'],
  outputs: ['y'],
};

/** A model of shapes and pieces, with two inputs and two outputs. */
export const shapeModel: ModelFixture = {
  tensors: {
    x: int8([1, 4, 6]),
    z: int8([1, 4, 6]),
    pack: int8([1, 2, 4, 6]),
    permutation: numbers(0, 2, 1, 3),
    turned: int8([1, 4, 2, 6]),
    zeros: numbers(0, 1, 0, 0),
    ends: numbers(1, 4, 2, 6),
    steps: numbers(1, 2, 1, 1),
    slice: int8([1, 2, 2, 6]),
    pairs: { shape: [4, 2], type: 'INT32', data: [0, 0, 1, 1, 0, 0, 0, 2] },
    padded: int8([1, 4, 2, 8]),
    axis: numbers(3),
    y1: int8([1, 4, 2, 4]),
    right: int8([1, 4, 2, 4]),
    flat: numbers(1, 32),
    y2: int8([1, 32]),
  },
  operators: [
    { op: 'PACK', inputs: ['x', 'z'], outputs: ['pack'], options: { valuesCount: 2, axis: 1 } },
    { op: 'TRANSPOSE', inputs: ['pack', 'permutation'], outputs: ['turned'], options: {} },
    {
      op: 'STRIDED_SLICE',
      inputs: ['turned', 'zeros', 'ends', 'steps'],
      outputs: ['slice'],
      options: {},
    },
    { op: 'PAD', inputs: ['slice', 'pairs'], outputs: ['padded'], options: {} },
    {
      op: 'SPLIT',
      inputs: ['axis', 'padded'],
      outputs: ['y1', 'right'],
      options: { numSplits: 2 },
    },
    { op: 'RESHAPE', inputs: ['right', 'flat'], outputs: ['y2'], options: { newShape: [1, 32] } },
  ],
  inputs: ['x', 'z'],
  outputs: ['y1', 'y2'],
};

const float = (shape: readonly number[], data?: readonly number[]): TensorFixture => ({
  shape,
  type: 'FLOAT32',
  ...(data === undefined ? {} : { data }),
});

/** A streaming model: each inference brings 1x1x2, and sees the 3 before as well, in which a dense layer looks. */
export const streamModel: ModelFixture = {
  tensors: {
    x: int8([1, 1, 2], 0.5, 3),
    handle: { shape: [], type: 'RESOURCE' },
    before: int8([1, 3, 2], 0.5, 3),
    window: int8([1, 4, 2], 0.5, 3),
    begin: numbers(0, 1, 0),
    end: numbers(1, 4, 2),
    steps: numbers(1, 1, 1),
    after: int8([1, 3, 2], 0.5, 3),
    shape: numbers(1, 8),
    flat: int8([1, 8], 0.5, 3),
    w: { shape: [2, 8], scale: [0.25], data: Array.from({ length: 16 }, (_, i) => i - 8) },
    y: int8([1, 2]),
  },
  operators: [
    {
      op: 'VAR_HANDLE',
      inputs: [],
      outputs: ['handle'],
      options: { container: '', sharedName: 'state' },
      optionsType: 111,
    },
    {
      op: 'CALL_ONCE',
      inputs: [],
      outputs: [],
      options: { initSubgraphIndex: 1 },
      optionsType: 103,
    },
    { op: 'READ_VARIABLE', inputs: ['handle'], outputs: ['before'] },
    {
      op: 'CONCATENATION',
      inputs: ['before', 'x'],
      outputs: ['window'],
      options: { axis: 1 },
    },
    {
      op: 'STRIDED_SLICE',
      inputs: ['window', 'begin', 'end', 'steps'],
      outputs: ['after'],
      options: { beginMask: 0b101 },
    },
    { op: 'ASSIGN_VARIABLE', inputs: ['handle', 'after'], outputs: [] },
    {
      op: 'RESHAPE',
      inputs: ['window', 'shape'],
      outputs: ['flat'],
      options: { newShape: [1, 8] },
    },
    { op: 'FULLY_CONNECTED', inputs: ['flat', 'w', ''], outputs: ['y'], options: {} },
  ],
  inputs: ['x'],
  outputs: ['y'],
  others: [
    {
      tensors: {
        handle: { shape: [], type: 'RESOURCE' },
        zeros: int8([1, 3, 2], 0.5, 3, [3, 3, 3, 3, 3, 3]),
      },
      operators: [
        {
          op: 'VAR_HANDLE',
          inputs: [],
          outputs: ['handle'],
          options: { container: '', sharedName: 'state' },
          optionsType: 111,
        },
        { op: 'ASSIGN_VARIABLE', inputs: ['handle', 'zeros'], outputs: [] },
      ],
      inputs: [],
      outputs: [],
    },
  ],
};

/** A float model whose weights are stored as float16. */
export const floatModel: ModelFixture = {
  tensors: {
    x: float([1, 4]),
    half: { shape: [2, 4], type: 'FLOAT16', data: [0x3c00, 0, 0, 0xbc00, 0, 0x4000, 0, 0] },
    w: float([2, 4]),
    b: float([2], [0.5, -0.5]),
    hidden: float([1, 2]),
    y: float([1, 2]),
  },
  operators: [
    { op: 'DEQUANTIZE', inputs: ['half'], outputs: ['w'], options: {} },
    { op: 'FULLY_CONNECTED', inputs: ['x', 'w', 'b'], outputs: ['hidden'], options: {} },
    { op: 'LOGISTIC', inputs: ['hidden'], outputs: ['y'] },
  ],
  inputs: ['x'],
  outputs: ['y'],
};
