import type { Pair } from '../../../ops/support/window.ts';
import { axisOf, inputOf, type Mapping, numbersOf, outputOf, refusal } from '../operation.ts';
import {
  reducerOptions,
  type resizeBilinearOptions,
  type resizeNearestNeighborOptions,
} from '../options.ts';
import { makeReshaped } from './reshaping.ts';
import { imageSize } from './window.ts';

/** RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR to a constant size. */
export function resize<
  T extends typeof resizeBilinearOptions | typeof resizeNearestNeighborOptions,
>(op: string, options: T): Mapping<T['schema']> {
  return {
    options: options as never,
    inputs: [2, 2],
    outputs: [1, 1],
    convert(operation, graph) {
      const { alignCorners, halfPixelCenters } = operation.options;
      const size = numbersOf(operation, 1);
      if (size.length !== 2) {
        throw refusal(operation, {
          what: 'the size to resize to is none',
          expected: 'height and width',
          received: `${size.length} numbers`,
        });
      }
      graph.node(op, [inputOf(operation, 0)], operation.outputs, {
        size,
        alignCorners,
        halfPixelCenters,
      });
    },
  };
}

/** REDUCE_MAX over height and width, or one of them: a max pool whose window is the image's. */
export const reduceMax: Mapping<typeof reducerOptions.schema> = {
  options: reducerOptions,
  inputs: [2, 2],
  outputs: [1, 1],
  convert(operation, graph) {
    const input = inputOf(operation, 0);
    const [height, width] = imageSize(operation, input);
    const axes = numbersOf(operation, 1).map((axis) => axisOf(operation, axis, 4));
    if (axes.length === 0 || axes.some((axis) => axis !== 1 && axis !== 2)) {
      throw refusal(operation, {
        what: 'a maximum over other axes than height and width is not supported',
        expected: 'axes 1 and 2',
        received: axes.slice(0, 16).join(', ') || 'none',
      });
    }
    const kernel: Pair = [axes.includes(1) ? height : 1, axes.includes(2) ? width : 1];
    const shape = [1, height / kernel[0], width / kernel[1], input.shape[3] as number];
    makeReshaped(graph, outputOf(operation), shape, (output) => {
      graph.node('max_pool2d', [input], [output], {
        kernel,
        stride: kernel,
        padding: [0, 0, 0, 0],
        activation: 'none',
      });
    });
  },
};

/** MEAN over constant axes. */
export const mean: Mapping<typeof reducerOptions.schema> = {
  options: reducerOptions,
  inputs: [2, 2],
  outputs: [1, 1],
  convert(operation, graph) {
    const input = inputOf(operation, 0);
    const axes = numbersOf(operation, 1).map((axis) => axisOf(operation, axis, input.shape.length));
    graph.node('mean', [input], operation.outputs, {
      axes: [...new Set(axes)],
      keepDims: operation.options.keepDims,
    });
  },
};
