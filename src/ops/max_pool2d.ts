import { largestOf } from '../extremes.ts';
import { elementCount, type Tensor } from '../graph/types.ts';
import type { Op } from './op.ts';
import { activate, quantizedActivationRange } from './support/activation.ts';
import {
  forEachWindow,
  inferPool,
  isPoolInPlace,
  type PoolAttributes,
  type PoolGeometry,
  poolGeometry,
  poolSchema,
} from './support/pool.ts';
import { perTensor } from './support/quantized.ts';
import { nodeTitle } from './support/title.ts';

/** The parameters of an int8 max pool. */
export interface MaxPool2dParameters extends PoolGeometry {
  readonly min: number;
  readonly max: number;
}

/** Max pooling over NHWC; padding never wins. Source: TFLM `reference_integer_ops::MaxPool`. */
export const maxPool2d: Op<PoolAttributes, MaxPool2dParameters> = {
  name: 'max_pool2d',
  attributes: poolSchema,
  inputCount: [1, 1],
  inferShapes: inferPool,
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  fusesActivation: true,
  prepare(context) {
    const { scale, zeroPoint } = perTensor(nodeTitle(context), context.outputs[0] as Tensor);
    return {
      ...poolGeometry(context),
      ...quantizedActivationRange(context.attributes.activation, scale, zeroPoint),
    };
  },
  reference(parameters, inputs) {
    const { min, max } = parameters;
    const result = new Int8Array(elementCount(parameters.outputShape));
    forEachWindow(parameters, inputs[0] as Int8Array, (output, values) => {
      result[output] = Math.min(largestOf(values, min), max);
    });
    return result;
  },
  referenceFloat(context, inputs) {
    const geometry = poolGeometry(context);
    const result = new Float32Array(elementCount(geometry.outputShape));
    forEachWindow(geometry, inputs[0] as Float32Array, (output, values) => {
      result[output] = activate(largestOf(values), context.attributes.activation);
    });
    return result;
  },
  lower: ({ inputShape, outputShape, kernel, stride, padding, min, max }, variant) => ({
    kernel: variant === 'simd' ? 'maxPool2dVector' : 'maxPool2d',
    arguments: [
      { input: 0 },
      { output: 0 },
      ...inputShape,
      outputShape[0],
      outputShape[1],
      ...kernel,
      ...stride,
      padding.top,
      padding.left,
      min,
      max,
    ],
    weights: new Uint8Array(0),
    scratchBytes: 0,
  }),
  inPlace: isPoolInPlace,
};
