// The four reference models of MLPerf Tiny (mlcommons/tiny) as int8 graphs with random weights: what depends on shapes
// only, such as memory plans, is that of the real ones.
import type { Graph } from '../../src/graph/types.ts';
import { createOpNetwork, type OpNetwork } from './op-network.ts';

interface Window {
  readonly kernel?: readonly [number, number];
  readonly stride?: number;
  readonly activation?: string;
}

/** What TensorFlow's `SAME` puts around an axis. */
function around(extent: number, kernel: number, stride: number): readonly [number, number] {
  const missing = Math.max((Math.ceil(extent / stride) - 1) * stride + kernel - extent, 0);
  return [Math.floor(missing / 2), Math.ceil(missing / 2)];
}

/** A network over images whose layers pad as `SAME` does. */
function imageNetwork(name: string, shape: readonly [number, number, number]) {
  const net = createOpNetwork(1, { name });
  const shapes = new Map([[net.input('input', [1, ...shape]), shape]]);
  const windows = (
    op: 'conv2d' | 'depthwise_conv2d',
    output: string,
    input: string,
    channels: number,
    { kernel = [3, 3], stride = 1, activation = 'relu' }: Window,
  ) => {
    const [height, width, depth] = shapes.get(input) as typeof shape;
    const padding = [...around(height, kernel[0], stride), ...around(width, kernel[1], stride)];
    const weights = op === 'conv2d' ? [channels, ...kernel, depth] : [1, ...kernel, channels];
    net.weighted(op, output, input, weights, {
      stride: [stride, stride],
      dilation: [1, 1],
      padding,
      ...(op === 'conv2d' && { groups: 1 }),
      activation,
      paddingMode: 'zeros',
    });
    shapes.set(output, [Math.ceil(height / stride), Math.ceil(width / stride), channels]);
    return output;
  };
  return {
    net,
    conv: (output: string, input: string, channels: number, window: Window = {}) =>
      windows('conv2d', output, input, channels, window),
    depthwise: (output: string, input: string, stride = 1) =>
      windows('depthwise_conv2d', output, input, shapes.get(input)?.[2] as number, { stride }),
    add(output: string, a: string, b: string) {
      shapes.set(output, shapes.get(a) as typeof shape);
      return net.add('add', output, [a, b], { activation: 'relu' });
    },
    /** Average pool over the whole image, a dense layer, softmax. */
    classify(input: string, classes: number): Graph {
      const [height, width, channels] = shapes.get(input) as typeof shape;
      const kernel = [height, width];
      net.add('average_pool2d', 'pool', [input], {
        kernel,
        stride: kernel,
        padding: [0, 0, 0, 0],
        activation: 'none',
      });
      net.add('reshape', 'flat', ['pool'], { shape: [1, channels] });
      return classifier(net, 'flat', channels, classes);
    },
  };
}

function classifier(net: OpNetwork, input: string, features: number, classes: number): Graph {
  net.weighted('dense', 'logits', input, [classes, features], { activation: 'none' });
  net.add('softmax', 'probabilities', ['logits'], { beta: 1 });
  return net.graph(['probabilities']);
}

/** Keyword spotting: DS-CNN. */
export function kwsDscnn(): Graph {
  const { conv, depthwise, classify } = imageNetwork('kws_dscnn', [49, 10, 1]);
  let last = conv('conv', 'input', 64, { kernel: [10, 4], stride: 2 });
  for (let block = 0; block < 4; block++) {
    last = depthwise(`depthwise${block}`, last);
    last = conv(`pointwise${block}`, last, 64, { kernel: [1, 1] });
  }
  return classify(last, 12);
}

/** Image classification: ResNet-8. */
export function icResnet8(): Graph {
  const { conv, add, classify } = imageNetwork('ic_resnet8', [32, 32, 3]);
  let last = conv('conv', 'input', 16);
  for (const channels of [16, 32, 64]) {
    const stride = channels === 16 ? 1 : 2;
    const first = conv(`first${channels}`, last, channels, { stride });
    const second = conv(`second${channels}`, first, channels, { activation: 'none' });
    const window = { kernel: [1, 1], stride, activation: 'none' } as const;
    const skip = channels === 16 ? last : conv(`skip${channels}`, last, channels, window);
    last = add(`add${channels}`, skip, second);
  }
  return classify(last, 10);
}

/** Visual wake words: MobileNetV1 of width 0.25. */
export function vwwMobilenet(): Graph {
  const { conv, depthwise, classify } = imageNetwork('vww_mobilenet', [96, 96, 3]);
  let last = conv('conv', 'input', 8, { stride: 2 });
  const blocks: readonly (readonly [number, number])[] = [
    [16, 1],
    [32, 2],
    [32, 1],
    [64, 2],
    [64, 1],
    [128, 2],
    ...Array.from({ length: 5 }, () => [128, 1] as const),
    [256, 2],
    [256, 1],
  ];
  for (const [index, [channels, stride]] of blocks.entries()) {
    last = depthwise(`depthwise${index}`, last, stride);
    last = conv(`pointwise${index}`, last, channels, { kernel: [1, 1] });
  }
  return classify(last, 2);
}

/** Anomaly detection: an autoencoder. */
export function adToycar(): Graph {
  const net = createOpNetwork(1, { name: 'ad_toycar' });
  let last = net.input('input', [1, 640]);
  let features = 640;
  const units = [128, 128, 128, 128, 8, 128, 128, 128, 128, 640];
  for (const [index, count] of units.entries()) {
    const activation = index === units.length - 1 ? 'none' : 'relu';
    last = net.weighted('dense', `dense${index}`, last, [count, features], { activation });
    features = count;
  }
  return net.graph([last]);
}
