import { activationOf, inputOf, type Mapping, presentInputs } from '../operation.ts';
import { pool2dOptions } from '../options.ts';
import { imageSize, paddingOf, strideOf } from './window.ts';

/** AVERAGE_POOL_2D and MAX_POOL_2D. */
export function pool(op: string): Mapping<typeof pool2dOptions.schema> {
  return {
    options: pool2dOptions,
    inputs: [1, 1],
    outputs: [1, 1],
    convert(operation, graph) {
      const { options } = operation;
      const kernel = [options.filterHeight, options.filterWidth] as const;
      const image = imageSize(operation, inputOf(operation, 0));
      graph.node(op, presentInputs(operation), operation.outputs, {
        kernel,
        stride: strideOf(operation, options),
        padding: paddingOf(operation, image, kernel, options),
        activation: activationOf(operation, options.fusedActivationFunction),
      });
    },
  };
}
