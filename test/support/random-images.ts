import fc from 'fast-check';
import type { Graph } from '../../src/graph/types.ts';
import { createOpNetwork, type OpNetwork, quantization } from './op-network.ts';

/** One step of a network over images: adds nodes over `input`, of `choice` kinds, and returns the last output. */
type Step = (net: OpNetwork, name: string, input: string, choice: number) => string;

const channelsOf = (net: OpNetwork, name: string) => net.shapeOf(name)[3] as number;
const activations = ['none', 'relu', 'relu6'];
const window = { stride: [1, 1], dilation: [1, 1], padding: [0, 1, 0, 0], paddingMode: 'zeros' };
const other = quantization(1 / 20, -5);

const steps: Readonly<Record<string, Step>> = {
  conv: (net, name, input, choice) =>
    net.weighted(
      'conv2d',
      name,
      input,
      [2 + (choice % 2), 2, 1, channelsOf(net, input)],
      { ...window, groups: 1, activation: activations[choice % 3] },
      choice % 4 > 0,
    ),
  depthwise: (net, name, input, choice) =>
    net.weighted('depthwise_conv2d', name, input, [1, 1, 2, channelsOf(net, input)], {
      ...window,
      padding: [0, 0, 1, 0],
      activation: activations[choice % 2],
    }),
  pad: (net, name, input, choice) =>
    net.add('pad', name, [input], {
      padding: [
        [0, 0],
        [1, choice % 2],
        [0, 1],
        [0, choice % 5 === 0 ? 1 : 0],
      ],
      mode: choice % 7 === 0 ? 'edge' : 'constant',
      value: [0, 0, -4][choice % 3],
    }),
  maxPool: (net, name, input, choice) => {
    const pool = { kernel: [2, 2], stride: [1, 1], padding: [0, 0, 0, 0], activation: 'none' };
    const one = { ...pool, kernel: [1, 1] };
    return net.add('max_pool2d', name, [input], choice % 3 === 0 ? one : pool);
  },
  activation: (net, name, input, choice) =>
    net.add(
      ['relu', 'relu6', 'relu_n1_to_1', 'quantize'][choice % 4] as string,
      name,
      [input],
      {},
      choice % 5 === 0 ? other : quantization(),
    ),
  constantOperand(net, name, input, choice) {
    const op = ['mul', 'add', 'sub', 'maximum'][choice % 4] as string;
    const channels = [channelsOf(net, input)];
    const shape = choice % 3 === 0 ? [1] : choice % 3 === 1 ? channels : [1, 1, 1, ...channels];
    const constant = net.constant(`${name}/constant`, shape, undefined, net.quantizationOf(input));
    const swapped = op !== 'sub' && choice % 2 === 0;
    const operands = swapped ? [constant, input] : [input, constant];
    const attributes = op === 'maximum' ? {} : { activation: activations[choice % 2] };
    return net.add(op, name, operands, attributes);
  },
  nothing(net, name, input, choice) {
    const shape = net.shapeOf(input);
    const attributes = [
      ['reshape', { shape }],
      ['transpose', { permutation: [0, 1, 2, 3] }],
      ['strided_slice', { begin: [0, 0, 0, 0], size: shape, strides: [1, 1, 1, 1] }],
      ['split', { axis: 3, sizes: [shape[3]] }],
      ['concat', { axis: 1 }],
    ] as const;
    const [op, given] = attributes[choice % attributes.length] as (typeof attributes)[number];
    return net.add(op, name, [input], given);
  },
  constants(net, name, input, choice) {
    const channels = channelsOf(net, input);
    const a = net.constant(`${name}/a`, [1, 1, 1, channels]);
    const b = net.constant(`${name}/b`, [channels]);
    const sum = net.add('add', `${name}/sum`, [a, b], { activation: 'none' });
    const both = choice % 2 === 0 ? sum : net.add('tanh', `${name}/tanh`, [sum]);
    return net.add('mul', name, [input, both], { activation: 'none' });
  },
};

/** Graphs of up to eight steps over one image, each over one of the last tensors, with one output or two. */
export const randomImages = (dtype: 'int8' | 'float32'): fc.Arbitrary<Graph> =>
  fc
    .record({
      seed: fc.nat(1000),
      nodes: fc.array(
        fc.record({
          op: fc.constantFrom(...Object.keys(steps)),
          back: fc.constantFrom(0, 0, 0, 1, 2),
          choice: fc.nat(419),
        }),
        { minLength: 1, maxLength: 8 },
      ),
      second: fc.option(fc.nat()),
    })
    .map(({ seed, nodes, second }) => {
      const net = createOpNetwork(seed, { dtype });
      const made = [net.input('x', [1, 4, 4, 2])];
      for (const [index, { op, back, choice }] of nodes.entries()) {
        const input = made[Math.max(0, made.length - 1 - back)] as string;
        const fits = op !== 'maxPool' || Math.min(...net.shapeOf(input).slice(1, 3)) >= 2;
        const step = steps[fits ? op : 'activation'] as Step;
        made.push(step(net, `${op}${index}`, input, choice));
      }
      const outputs = [made.at(-1) as string];
      if (second !== null) outputs.push(made[1 + (second % (made.length - 1))] as string);
      return net.graph([...new Set(outputs)]);
    });
