import { axisOf, inputOf, type Mapping, numbersOf, refusal } from '../operation.ts';
import {
  reducerOptions,
  type resizeBilinearOptions,
  type resizeNearestNeighborOptions,
} from '../options.ts';

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
