import type { Graph, Tensor } from '../../src/graph/types.ts';
import { addTo, type EngineLimit, type ExportCase } from './export-cases/case.ts';
import { weightedCases } from './export-cases/weighted.ts';
import { quantization } from './op-network.ts';
import { statefulClassifier } from './stateful.ts';

const cases: ExportCase[] = [];
const add = addTo(cases);

weightedCases(add);

const pool = { kernel: [3, 2], stride: [2, 2], padding: [0, 0, 0, 0], activation: 'none' };
for (const [op, operator] of [
  ['max_pool2d', 'MAX_POOL_2D'],
  ['average_pool2d', 'AVERAGE_POOL_2D'],
] as const) {
  add(`${op}, VALID`, [operator], (net) => net.add(op, 'y', [net.input('x', [1, 7, 6, 3])], pool));
  add(`${op}, SAME`, [operator], (net) =>
    net.add(op, 'y', [net.input('x', [1, 7, 6, 3])], {
      ...pool,
      stride: [1, 1],
      padding: [1, 1, 0, 1],
      activation: 'relu6',
    }),
  );
}
add('max_pool2d, another padding', ['PADV2', 'MAX_POOL_2D'], (net) =>
  net.add('max_pool2d', 'y', [net.input('x', [1, 7, 6, 3], quantization(0.1, 7))], {
    ...pool,
    padding: [2, 1, 1, 0],
  }),
);
add('mean over the image', ['MEAN'], (net) =>
  net.add('mean', 'y', [net.input('x', [1, 4, 5, 3])], { axes: [1, -2], keepDims: true }),
);
add('mean over channels', ['MEAN'], (net) =>
  net.add('mean', 'y', [net.input('x', [1, 4, 5, 3])], { axes: [3], keepDims: false }),
);

for (const [op, operator] of [
  ['add', 'ADD'],
  ['sub', 'SUB'],
  ['mul', 'MUL'],
] as const) {
  add(`${op} of two activations`, [operator], (net) =>
    net.add(
      op,
      'y',
      [net.input('x', [1, 3, 4, 5]), net.input('z', [1, 1, 4, 1], quantization(0.05, -9))],
      { activation: 'relu' },
      quantization(0.06, 3),
    ),
  );
  add(`${op} with a constant`, [operator], (net) =>
    net.add(
      op,
      'y',
      [net.input('x', [1, 3, 4, 5]), net.constant('c', [5])],
      { activation: 'none' },
      quantization(0.06, 3),
    ),
  );
}
add('mul of large scales', ['MUL'], (net) =>
  net.add(
    'mul',
    'y',
    [net.input('x', [1, 8], quantization(1)), net.input('z', [1, 8], quantization(2))],
    {},
    quantization(0.5),
  ),
);
for (const [op, operator] of [
  ['maximum', 'MAXIMUM'],
  ['minimum', 'MINIMUM'],
] as const) {
  add(op, [operator], (net) =>
    net.add(op, 'y', [net.input('x', [1, 3, 4]), net.constant('c', [1, 3, 1])]),
  );
}
add('concat', ['CONCATENATION'], (net) =>
  net.add(
    'concat',
    'y',
    [net.input('x', [1, 2, 3]), net.input('z', [1, 4, 3]), net.constant('c', [1, 1, 3])],
    { axis: 1 },
  ),
);
add('split into equal pieces', ['SPLIT'], (net) => {
  net.add('split', 'y', [net.input('x', [1, 4, 6])], { axis: 2, sizes: [2, 2, 2] });
  return ['y:0', 'y:1', 'y:2'];
});
add('split', ['SPLIT_V'], (net) => {
  net.add('split', 'y', [net.input('x', [1, 4, 6])], { axis: 1, sizes: [1, 3] });
  return ['y:0', 'y:1'];
});
add('strided_slice, backwards too', ['STRIDED_SLICE'], (net) =>
  net.add('strided_slice', 'y', [net.input('x', [1, 5, 6, 2])], {
    begin: [0, 4, 1, 1],
    size: [1, 3, 2, 1],
    strides: [1, -2, 3, -1],
  }),
);
const pairs = [
  [0, 0],
  [1, 2],
  [0, 1],
];
for (const [title, attributes, operator] of [
  ['with zeros', { mode: 'constant', value: 0 }, 'PAD'],
  ['with a value', { mode: 'constant', value: -1.1 }, 'PADV2'],
  ['without the border', { mode: 'reflect' }, 'MIRROR_PAD'],
  ['with the border', { mode: 'symmetric' }, 'MIRROR_PAD'],
] as const) {
  add(`pad ${title}`, [operator], (net) =>
    net.add('pad', 'y', [net.input('x', [1, 3, 4], quantization(0.04, 11))], {
      padding: pairs,
      ...attributes,
    }),
  );
}
add('reshape', ['RESHAPE'], (net) =>
  net.add('reshape', 'y', [net.input('x', [1, 3, 4])], { shape: [1, 12] }),
);
add('transpose', ['TRANSPOSE'], (net) =>
  net.add('transpose', 'y', [net.input('x', [2, 3, 4])], { permutation: [2, 0, 1] }),
);
for (const [op, operator] of [
  ['resize_bilinear', 'RESIZE_BILINEAR'],
  ['resize_nearest_neighbor', 'RESIZE_NEAREST_NEIGHBOR'],
] as const) {
  for (const attributes of [{}, { alignCorners: true }, { halfPixelCenters: true }]) {
    add(`${op} ${Object.keys(attributes)}`, [operator], (net) =>
      net.add(op, 'y', [net.input('x', [1, 3, 4, 2])], { size: [5, 7], ...attributes }),
    );
  }
}
for (const [op, operator, output, attributes] of [
  ['relu', 'RELU', quantization(0.05, -7), {}],
  ['relu6', 'RELU6', undefined, {}],
  ['relu_n1_to_1', 'RELU_N1_TO_1', undefined, {}],
  ['leaky_relu', 'LEAKY_RELU', quantization(0.04, -20), { alpha: 0.3 }],
  ['hard_swish', 'HARD_SWISH', quantization(0.04, -20), {}],
  ['logistic', 'LOGISTIC', quantization(1 / 256, -128), {}],
  ['tanh', 'TANH', quantization(1 / 128, 0), {}],
  ['softmax', 'SOFTMAX', quantization(1 / 256, -128), { beta: 0.7 }],
  ['quantize', 'QUANTIZE', quantization(0.05, 40), {}],
] as const) {
  add(op, [operator], (net) => net.add(op, 'y', [net.input('x', [1, 5, 40])], attributes, output));
}
add('prelu', ['PRELU'], (net) =>
  net.add(
    'prelu',
    'y',
    [net.input('x', [1, 3, 4, 5]), net.constant('c', [1, 1, 5], undefined, quantization(0.004, 3))],
    {},
    quantization(0.04, -20),
  ),
);
add('batch_matmul of two activations', ['BATCH_MATMUL'], (net) =>
  net.add(
    'batch_matmul',
    'y',
    [net.input('x', [1, 2, 3, 4]), net.input('z', [1, 2, 5, 4])],
    { adjX: false, adjY: true },
    quantization(0.3, 4),
  ),
);
add('batch_matmul with a constant', ['BATCH_MATMUL'], (net) =>
  net.add(
    'batch_matmul',
    'y',
    [net.input('x', [1, 4, 3]), net.constant('c', [1, 4, 5])],
    { adjX: true, adjY: false },
    quantization(0.3, 4),
  ),
);
for (const stateZeroPoint of [0, 5]) {
  const graph = statefulClassifier(stateZeroPoint);
  const title = `svdf, of int8 and int16, state's zero point ${stateZeroPoint}`;
  cases.push({ title, operators: ['SVDF', 'SVDF', 'FULLY_CONNECTED'], graph });
}
add(
  'sliding_window',
  ['CALL_ONCE', 'VAR_HANDLE', 'READ_VARIABLE', 'CONCATENATION', 'STRIDED_SLICE', 'ASSIGN_VARIABLE'],
  (net) =>
    net.add('sliding_window', 'y', [net.input('x', [1, 2, 3], quantization(0.1, 5))], {
      axis: 1,
      length: 3,
    }),
);
for (const timeMajor of [false, true]) {
  add(
    `unidirectional_sequence_lstm, time ${timeMajor ? 'first' : 'second'}`,
    ['UNIDIRECTIONAL_SEQUENCE_LSTM'],
    (net) => {
      const gates = ['i', 'f', 'c', 'o'];
      const weights = (kind: string, inputs: number) =>
        gates.map((g) => net.constant(`${kind}${g}`, [5, inputs], undefined, quantization(0.006)));
      const input = net.input('x', timeMajor ? [4, 1, 3] : [1, 4, 3]);
      const operands = [input, ...weights('w', 3), ...weights('r', 5)];
      return net.add(
        'unidirectional_sequence_lstm',
        'y',
        [...operands, ...gates.map((g) => net.bias(`b${g}`, 5, 0.006 / 32))],
        { timeMajor, cellClip: timeMajor ? 3 : 0, cellScale: 2 ** -11 },
        quantization(1 / 128, 0),
      );
    },
  );
}

const find = (title: string) => cases.find((found) => found.title === title) as ExportCase;

/** The same graph with weights of int4. */
function withInt4(graph: Graph, name: string): Graph {
  const found = graph.tensors.get(name) as Tensor;
  const data = Int8Array.from(found.data as Int8Array, (value) => value >> 4);
  const tensors = new Map(graph.tensors).set(name, { ...found, dtype: 'int4', data });
  return { ...graph, tensors };
}
for (const title of ['conv2d, SAME', 'depthwise_conv2d, SAME', 'dense']) {
  const { graph, operators } = find(title);
  cases.push({
    title: `${title}, int4 weights`,
    operators,
    graph: withInt4(graph, 'y/weights'),
  });
}

const dense4 = withInt4(find('dense').graph, 'y/weights');
const whole: Tensor = {
  ...(dense4.tensors.get('y/weights') as Tensor),
  quantization: quantization(0.04),
};
const { quantization: __, ...plainBias } = dense4.tensors.get('y/bias') as Tensor;
cases.push({
  title: 'dense, int4 weights quantized as a whole',
  operators: ['FULLY_CONNECTED'],
  graph: {
    ...dense4,
    tensors: new Map(dense4.tensors).set('y/weights', whole).set('y/bias', plainBias),
  },
});

const requantizesInFloat: EngineLimit = { kind: 'mayDiffer', reason: 'requantizes in float' };

const limits: Readonly<Record<string, Pick<ExportCase, 'litert' | 'tflm'>>> = {
  relu: { litert: { kind: 'differs', reason: 'rescales in another way' } },
  relu_n1_to_1: { tflm: { kind: 'refuses', reason: 'has no such operator' } },
  svdf: { litert: { kind: 'refuses', reason: 'knows an int8 SVDF only with the activation RELU' } },
  unidirectional_sequence_lstm: {
    litert: { kind: 'differs', reason: 'has an arithmetic of its own in its int8 LSTM' },
  },
  'depthwise_conv2d, SAME, int4 weights': {
    litert: { kind: 'refuses', reason: 'has no depthwise convolution of int4 weights' },
  },
  dense: { litert: requantizesInFloat },
  'dense, int4 weights': {
    litert: requantizesInFloat,
    tflm: { kind: 'refuses', reason: 'takes int4 weights only with one scale' },
  },
};

/** Graphs of a node each (but one): every op, with every attribute that TFLite can say. */
export const exportCases: readonly ExportCase[] = cases.map((found) => ({
  ...found,
  ...(limits[found.title] ?? limits[found.title.split(',')[0] as string]),
}));
