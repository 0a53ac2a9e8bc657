import { describe, expect, it } from 'vitest';
import { foldPadding } from '../../../src/graph/passes/fold-padding.ts';
import type { Graph, Node } from '../../../src/graph/types.ts';
import { createRandom } from '../../../src/random.ts';
import { createReference } from '../../../src/runtime/reference.ts';
import { randomFloatInputs, randomInputs, runFloat } from '../../support/networks.ts';
import { createOpNetwork, quantization } from '../../support/op-network.ts';

type Pads = readonly (readonly [number, number])[];
const image: Pads = [
  [0, 0],
  [1, 2],
  [0, 1],
  [0, 0],
];
const convolution = { stride: [2, 1], dilation: [1, 1], padding: [0, 0, 1, 0], activation: 'none' };
const pool = { kernel: [4, 2], stride: [1, 1], padding: [0, 0, 0, 0], activation: 'none' };

interface Options {
  readonly dtype?: 'int8' | 'float32';
  readonly pads?: Pads;
  readonly mode?: string;
  readonly value?: number;
  readonly zeroPoint?: number;
  /** What stands before the pad. */
  readonly before?: string;
  readonly attributes?: object;
}

/** An op, a pad, and a layer over what it pads. */
function padded(op: string, options: Options = {}) {
  const { dtype = 'int8', pads = image, mode = 'constant', value = 0, zeroPoint = 3 } = options;
  const net = createOpNetwork(1, { dtype });
  const at = quantization(1 / 32, zeroPoint);
  net.input('x', [1, 5, 6, 3], at);
  net.add(options.before ?? 'quantize', 'before', ['x'], {}, at);
  net.add('pad', 'padded', ['before'], { padding: pads, mode, value });
  const channels = net.shapeOf('padded')[3] as number;
  const given = { ...(op.endsWith('pool2d') ? pool : convolution), ...options.attributes };
  if (op === 'conv2d')
    net.weighted(op, 'y', 'padded', [2, 3, 2, channels], { ...given, groups: 1 });
  else if (op === 'depthwise_conv2d') net.weighted(op, 'y', 'padded', [1, 3, 2, channels], given);
  else net.add(op, 'y', ['padded'], given);
  return net.graph(['y']);
}

/** The padding of the last layer after the pass, where it reads around the pad; the outputs have to stay the same. */
function folded(op: string, options: Options = {}): readonly number[] | undefined {
  const graph = padded(op, options);
  const after = foldPadding(graph);
  const random = createRandom(1);
  if (options.dtype === 'float32') {
    const inputs = randomFloatInputs(graph, random);
    expect(runFloat(after, inputs).get('y')).toEqual(runFloat(graph, inputs).get('y'));
  } else {
    const inputs = randomInputs(graph, random);
    expect(createReference(after)(inputs).get('y')).toEqual(
      createReference(graph)(inputs).get('y'),
    );
  }
  const last = after.nodes.at(-1);
  if (last?.inputs[0] === 'padded') return undefined;
  expect(last?.inputs[0]).toBe('before');
  const { padding } = (last ?? { attributes: {} }).attributes as {
    readonly padding?: readonly number[];
  };
  return padding;
}

describe.each(['int8', 'float32'] as const)('foldPadding of %s', (dtype) => {
  it.each(['conv2d', 'depthwise_conv2d'])('adds a pad of zeros to that of a %s', (op) => {
    expect(folded(op, { dtype })).toEqual([1, 2, 1, 1]);
  });

  it.each<readonly [string, Options]>([
    ['of other values', { value: 1 }],
    [
      'of channels',
      {
        pads: [
          [0, 0],
          [1, 0],
          [0, 0],
          [1, 0],
        ],
      },
    ],
    ['of the mirror image', { mode: 'reflect' }],
    [
      'before a convolution that shows the image again',
      { attributes: { paddingMode: 'replicate' } },
    ],
  ])('leaves a pad %s', (_, options) => {
    expect(folded('conv2d', { dtype, ...options })).toBeUndefined();
  });

  it('adds a pad of zeros to that of a max pool over what a relu made', () => {
    expect(folded('max_pool2d', { dtype, before: 'relu' })).toEqual([1, 2, 0, 1]);
    expect(folded('max_pool2d', { dtype, before: 'relu6' })).toEqual([1, 2, 0, 1]);
  });

  it('leaves a pad of zeros before a max pool of negative values', () => {
    expect(folded('max_pool2d', { dtype })).toBeUndefined();
  });

  it('leaves a pad that fills whole windows of a max pool', () => {
    const pads: Pads = [
      [0, 0],
      [4, 0],
      [0, 0],
      [0, 0],
    ];
    expect(folded('max_pool2d', { dtype, before: 'relu', pads })).toBeUndefined();
    const sides: Pads = [
      [0, 0],
      [0, 0],
      [0, 2],
      [0, 0],
    ];
    expect(folded('max_pool2d', { dtype, before: 'relu', pads: sides })).toBeUndefined();
  });

  it('leaves a pad before an average pool, which counts it', () => {
    expect(folded('average_pool2d', { dtype, before: 'relu' })).toBeUndefined();
  });
});

describe('foldPadding of pads behind one another', () => {
  const rows: Pads = [
    [0, 0],
    [1, 0],
    [0, 0],
    [0, 0],
  ];
  /** Pads of these values over the input, and a layer over them. */
  const chain = (values: readonly number[], pads: readonly Pads[] = [], zeroPoint = 3) => {
    const net = createOpNetwork(1);
    const at = quantization(1 / 32, zeroPoint);
    const input = net.add('relu', 'before', [net.input('x', [1, 5, 6, 3], at)], {}, at);
    const last = values.reduce(
      (from, value, i) =>
        net.add('pad', `pad${i}`, [from], {
          padding: pads[i] ?? rows,
          mode: 'constant',
          value,
        }),
      input,
    );
    return { net, last };
  };
  const optimized = (graph: Graph) => {
    const after = foldPadding(graph);
    const inputs = randomInputs(graph, createRandom(1));
    const [before, behind] = [graph, after].map((each) => createReference(each)(inputs));
    for (const name of graph.outputs) expect(behind?.get(name)).toEqual(before?.get(name));
    return after.nodes.at(-1);
  };

  it('adds all of them to the padding of a convolution', () => {
    const { net, last } = chain([0, 0, 0], [rows, image]);
    net.weighted('depthwise_conv2d', 'y', last, [1, 3, 2, 3], convolution);
    const { inputs, attributes } = optimized(net.graph(['y'])) as Node;
    expect(inputs[0]).toBe('before');
    expect(attributes).toEqual({ ...convolution, padding: [3, 2, 1, 1] });
  });

  it('makes one of those that pad with the same', () => {
    const { net, last } = chain([1, 1, 1], [rows, image]);
    const { inputs, attributes } = optimized(net.graph([last])) as Node;
    expect(inputs).toEqual(['before']);
    expect(attributes).toEqual({
      padding: [
        [0, 0],
        [3, 2],
        [0, 1],
        [0, 0],
      ],
      mode: 'constant',
      value: 1,
    });
  });

  it('leaves those apart that pad with another value, or channels', () => {
    for (const { net, last } of [
      chain([0, 1]),
      chain(
        [1, 1],
        [
          [
            [0, 0],
            [0, 0],
            [0, 0],
            [0, 1],
          ],
        ],
      ),
      chain(
        [1, 1],
        [
          rows,
          [
            [0, 0],
            [0, 0],
            [0, 0],
            [0, 1],
          ],
        ],
      ),
    ]) {
      expect((optimized(net.graph([last])) as Node).inputs).toEqual(['pad0']);
    }
  });

  it('adds to the padding of a max pool those of the least value and of zeros over a relu', () => {
    const { net, last } = chain([0, -100]);
    net.add('max_pool2d', 'y', [last], pool);
    const { inputs, attributes } = optimized(net.graph(['y'])) as Node;
    expect(inputs).toEqual(['before']);
    expect(attributes).toEqual({ ...pool, padding: [2, 0, 0, 0] });
  });
});

describe('foldPadding of int8', () => {
  it('adds a pad of the least value to that of a max pool', () => {
    expect(folded('max_pool2d', { value: -100 })).toEqual([1, 2, 0, 1]);
    expect(folded('max_pool2d', { zeroPoint: -128 })).toEqual([1, 2, 0, 1]);
  });

  it('takes a value that is quantized to the zero point for zero', () => {
    expect(folded('conv2d', { value: 1 / 100 })).toEqual([1, 2, 1, 1]);
  });
});
