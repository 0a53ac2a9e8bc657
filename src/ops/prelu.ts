import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import { multiplyByQuantizedMultiplier, type QuantizedMultiplier } from './support/fixedpoint.ts';
import { int8Data, multiplierFor, perTensor } from './support/quantized.ts';
import { nodeTitle } from './support/title.ts';

/** The parameters of an int8 prelu over `pixels` times as many channels as there are slopes. */
export interface PreluParameters {
  readonly pixels: number;
  /** One a channel. */
  readonly slopes: Int8Array;
  readonly inputZeroPoint: number;
  readonly slopeZeroPoint: number;
  readonly outputZeroPoint: number;
  /** What rescales values from 0 on. */
  readonly identity: QuantizedMultiplier;
  /** What rescales products of values below 0 and slopes. */
  readonly product: QuantizedMultiplier;
}

/** Source: TFLM `reference_ops::BroadcastPrelu4DSlow`. */
function reference(parameters: PreluParameters, inputs: readonly Int8Array[]): Int8Array {
  const { slopes, inputZeroPoint, slopeZeroPoint, outputZeroPoint } = parameters;
  return (inputs[0] as Int8Array).map((value, i) => {
    const difference = value - inputZeroPoint;
    const slope = (slopes[i % slopes.length] as number) - slopeZeroPoint;
    const [factor, { multiplier, shift }] =
      difference >= 0 ? [1, parameters.identity] : [slope, parameters.product];
    const scaled = multiplyByQuantizedMultiplier(difference * factor, multiplier, shift);
    return Math.min(127, Math.max(-128, (scaled + outputZeroPoint) | 0));
  });
}

const channelsOf = ({ shape }: Tensor) => shape.at(-1) ?? 1;

/**
 * x where it is not negative, alpha * x below. Inputs: x and alpha, a constant with one value for each index of the last
 * axis (or one for all), quantized as a whole. Source: TFLM `PRELU`.
 */
export const prelu: Op<Record<string, never>, PreluParameters> = {
  name: 'prelu',
  attributes: strictObject({}),
  inputCount: [2, 2],
  inferShapes(context) {
    const [input, alpha] = context.inputs as [Tensor, Tensor];
    const channels = channelsOf(input);
    const count = elementCount(alpha.shape);
    const fits = count === 1 || (count === channels && channelsOf(alpha) === channels);
    if (!fits || alpha.shape.length > input.shape.length) {
      throw new WickError({
        what: `alpha '${alpha.name}' does not fit the input`,
        where: nodeTitle(context),
        expected: `${channels} values along the last axis, for an input of ${formatShape(input.shape)}`,
        received: formatShape(alpha.shape),
        hint: 'share alpha along all other axes',
      });
    }
    return [input.shape];
  },
  macs: () => 0,
  outputQuantization: { kind: 'calibrated' },
  prepare(context) {
    const where = nodeTitle(context);
    const [tensor, alphaTensor] = context.inputs as [Tensor, Tensor];
    const input = perTensor(where, tensor);
    const alpha = perTensor(where, alphaTensor);
    const output = perTensor(where, context.outputs[0] as Tensor);
    const data = int8Data(where, alphaTensor);
    const channels = channelsOf(tensor);
    const slope = (input.scale * alpha.scale) / output.scale;
    return {
      pixels: elementCount(tensor.shape) / channels,
      slopes: data.length === 1 ? new Int8Array(channels).fill(data[0] as number) : data,
      inputZeroPoint: input.zeroPoint,
      slopeZeroPoint: alpha.zeroPoint,
      outputZeroPoint: output.zeroPoint,
      identity: multiplierFor(where, 'the input', input.scale / output.scale),
      product: multiplierFor(where, 'alpha times the input', slope),
    };
  },
  reference,
  referenceFloat(_, inputs) {
    const [input, alpha] = inputs as [Float32Array, Float32Array];
    return input.map((x, i) => (x >= 0 ? x : x * (alpha[i % alpha.length] as number)));
  },
  lower: ({ pixels, slopes, identity, product, ...zeroPoints }, variant) => ({
    kernel: variant === 'simd' ? 'preluVector' : 'prelu',
    arguments: [
      { input: 0 },
      { weights: 0 },
      { output: 0 },
      pixels,
      slopes.length,
      zeroPoints.inputZeroPoint,
      zeroPoints.slopeZeroPoint,
      zeroPoints.outputZeroPoint,
      identity.multiplier,
      identity.shift,
      product.multiplier,
      product.shift,
    ],
    weights: Uint8Array.from(slopes, (slope) => slope & 0xff),
    scratchBytes: 0,
  }),
  // Every value is read where and before it is written.
  inPlace: () => true,
};
