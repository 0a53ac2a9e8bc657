import { quantization } from '../op-network.ts';
import type { AddCase } from './case.ts';

/** Convolutions and dense layers. */
export function weightedCases(add: AddCase): void {
  const window = {
    stride: [1, 1],
    dilation: [1, 1],
    padding: [0, 0, 0, 0],
    groups: 1,
    activation: 'none',
  };
  const { groups: _, ...depthwise } = window;

  for (const [title, padding, operators] of [
    ['VALID', [0, 0, 0, 0], ['CONV_2D']],
    ['SAME', [1, 1, 1, 1], ['CONV_2D']],
    ['more padding than SAME', [2, 1, 0, 2], ['PAD', 'CONV_2D']],
  ] as const) {
    add(`conv2d, ${title}`, operators, (net) =>
      net.weighted('conv2d', 'y', net.input('x', [1, 6, 5, 3]), [4, 3, 3, 3], {
        ...window,
        padding,
      }),
    );
    add(
      `depthwise_conv2d, ${title}`,
      operators.map((name) => name.replace('CONV_2D', 'DEPTHWISE_CONV_2D')),
      (net) =>
        net.weighted('depthwise_conv2d', 'y', net.input('x', [1, 6, 5, 3]), [1, 3, 3, 6], {
          ...depthwise,
          padding,
        }),
    );
  }
  add('conv2d, strides, SAME behind only', ['CONV_2D'], (net) =>
    net.weighted('conv2d', 'y', net.input('x', [1, 6, 8, 2], quantization(0.04, 9)), [3, 3, 2, 2], {
      ...window,
      stride: [2, 1],
      padding: [0, 1, 0, 1],
      activation: 'relu6',
    }),
  );
  add('conv2d, dilation, no bias', ['CONV_2D'], (net) =>
    net.weighted(
      'conv2d',
      'y',
      net.input('x', [1, 7, 7, 2]),
      [3, 2, 3, 2],
      { ...window, dilation: [2, 2], activation: 'relu' },
      false,
    ),
  );
  add('depthwise_conv2d, no bias', ['DEPTHWISE_CONV_2D'], (net) =>
    net.weighted(
      'depthwise_conv2d',
      'y',
      net.input('x', [1, 5, 5, 4]),
      [1, 3, 3, 4],
      depthwise,
      false,
    ),
  );
  add('conv2d, groups', ['CONV_2D'], (net) =>
    net.weighted('conv2d', 'y', net.input('x', [1, 5, 5, 4]), [6, 3, 3, 2], {
      ...window,
      groups: 2,
    }),
  );
  add('conv2d, padding mode reflect', ['MIRROR_PAD', 'CONV_2D'], (net) =>
    net.weighted('conv2d', 'y', net.input('x', [1, 6, 5, 2]), [3, 3, 3, 2], {
      ...window,
      padding: [1, 1, 1, 1],
      paddingMode: 'reflect',
    }),
  );
  add('depthwise_conv2d, dilation and strides', ['DEPTHWISE_CONV_2D'], (net) =>
    net.weighted('depthwise_conv2d', 'y', net.input('x', [1, 9, 9, 4]), [1, 3, 3, 4], {
      ...depthwise,
      dilation: [2, 1],
      activation: 'relu_n1_to_1',
    }),
  );
  for (const [title, padding, outputSize, operators] of [
    ['VALID', [0, 0], [9, 7], ['TRANSPOSE_CONV']],
    ['SAME', [0, 0], [8, 6], ['TRANSPOSE_CONV']],
    ['cut by another amount', [1, 2], [7, 5], ['TRANSPOSE_CONV', 'STRIDED_SLICE']],
  ] as const) {
    add(`transpose_conv2d, ${title}`, operators, (net) =>
      net.weighted('transpose_conv2d', 'y', net.input('x', [1, 4, 3, 2]), [3, 3, 3, 2], {
        stride: [2, 2],
        padding,
        outputSize,
        activation: 'none',
      }),
    );
  }
  add('transpose_conv2d, SAME that cuts, activation, no bias', ['TRANSPOSE_CONV'], (net) =>
    net.weighted(
      'transpose_conv2d',
      'y',
      net.input('x', [1, 4, 3, 2]),
      [3, 4, 4, 2],
      { stride: [2, 2], padding: [1, 1], outputSize: [8, 6], activation: 'relu' },
      false,
    ),
  );
  add('dense', ['FULLY_CONNECTED'], (net) =>
    net.weighted('dense', 'y', net.input('x', [1, 17]), [5, 17], { activation: 'relu' }),
  );
  add('dense, no bias', ['FULLY_CONNECTED'], (net) =>
    net.weighted('dense', 'y', net.input('x', [1, 8]), [3, 8], { activation: 'none' }, false),
  );
}
