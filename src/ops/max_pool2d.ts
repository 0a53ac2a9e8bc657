import * as v from 'valibot';
import type { Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { NodeContext, Op } from './op.ts';
import {
  type Activation,
  activate,
  activationSchema,
  quantizedActivationRange,
} from './support/activation.ts';
import { perTensor } from './support/quantized.ts';
import { nodeTitle } from './support/title.ts';
import {
  imageShape,
  type Padding,
  type Pair,
  paddingSchema,
  pairSchema,
  windowOutputSize,
} from './support/window.ts';

interface MaxPool2dAttributes {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
  readonly activation: Activation;
}

/** The parameters of an int8 max pool. Shapes are [height, width, channels]. */
export interface MaxPool2dParameters {
  readonly inputShape: readonly [number, number, number];
  readonly outputShape: readonly [number, number, number];
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: { readonly top: number; readonly left: number };
  readonly min: number;
  readonly max: number;
}

type Geometry = Omit<MaxPool2dParameters, 'min' | 'max'>;

function geometry(context: NodeContext<MaxPool2dAttributes>): Geometry {
  const where = nodeTitle(context);
  const { kernel, stride, padding } = context.attributes;
  return {
    inputShape: imageShape(where, (context.inputs[0] as Tensor).shape),
    outputShape: imageShape(where, (context.outputs[0] as Tensor).shape),
    kernel,
    stride,
    padding: { top: padding[0], left: padding[2] },
  };
}

/** The maximum over each window's pixels inside the image, as `result[index] = finish(maximum)`. */
function pool<T extends Int8Array | Float32Array>(
  { inputShape, outputShape, kernel, stride, padding }: Geometry,
  input: T,
  result: T,
  finish: (maximum: number) => number,
): T {
  const [height, width, channels] = inputShape;
  for (let y = 0; y < outputShape[0]; y++) {
    for (let x = 0; x < outputShape[1]; x++) {
      for (let c = 0; c < channels; c++) {
        let most = Number.NEGATIVE_INFINITY;
        for (let u = 0; u < kernel[0]; u++) {
          const row = y * stride[0] - padding.top + u;
          for (let w = 0; w < kernel[1]; w++) {
            const column = x * stride[1] - padding.left + w;
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            most = Math.max(most, input[(row * width + column) * channels + c] as number);
          }
        }
        result[(y * outputShape[1] + x) * channels + c] = finish(most);
      }
    }
  }
  return result;
}

/** Max pooling over NHWC; padding never wins. Source: TFLM `reference_integer_ops::MaxPool`. */
export const maxPool2d: Op<MaxPool2dAttributes, MaxPool2dParameters> = {
  name: 'max_pool2d',
  attributes: v.pipe(
    strictObject({
      kernel: pairSchema,
      stride: pairSchema,
      padding: paddingSchema,
      activation: activationSchema,
    }),
    // A window that lay in the padding as a whole would have no maximum.
    v.check(
      ({ kernel, padding }) =>
        Math.max(padding[0], padding[1]) < kernel[0] &&
        Math.max(padding[2], padding[3]) < kernel[1],
      'padding must be smaller than the kernel',
    ),
  ),
  inputCount: [1, 1],
  inferShapes(context) {
    const where = nodeTitle(context);
    const [height, width, channels] = imageShape(where, (context.inputs[0] as Tensor).shape);
    const window = { ...context.attributes, dilation: [1, 1] as const };
    return [[1, ...windowOutputSize(where, [height, width], window), channels]];
  },
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  fusesActivation: true,
  prepare(context) {
    const { scale, zeroPoint } = perTensor(nodeTitle(context), context.outputs[0] as Tensor);
    return {
      ...geometry(context),
      ...quantizedActivationRange(context.attributes.activation, scale, zeroPoint),
    };
  },
  reference(parameters, inputs) {
    const { outputShape, min, max } = parameters;
    const result = new Int8Array(outputShape[0] * outputShape[1] * outputShape[2]);
    return pool(parameters, inputs[0] as Int8Array, result, (maximum) =>
      Math.min(Math.max(maximum, min), max),
    );
  },
  referenceFloat(context, inputs) {
    const shapes = geometry(context);
    const [height, width, channels] = shapes.outputShape;
    const result = new Float32Array(height * width * channels);
    return pool(shapes, inputs[0] as Float32Array, result, (maximum) =>
      activate(maximum, context.attributes.activation),
    );
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
  // Each output lies at or before the start of its own window, and windows start in ascending order; only a window
  // that is cut off above or on the left, or rows that get longer, would break that.
  inPlace: ({ inputShape, outputShape, stride, padding }) =>
    padding.top === 0 && padding.left === 0 && outputShape[1] <= inputShape[1] * stride[0],
};
