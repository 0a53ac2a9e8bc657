import type { ActivationData, Tensor } from '../graph/types.ts';
import type { Op } from './op.ts';
import { roundHalfAway } from './support/fixedpoint.ts';
import { type BorderParameters, borderParameters, lowerBorder } from './support/float_border.ts';
import { type RescaleParameters, rescaleOp } from './support/rescale.ts';
import { nodeTitle } from './support/title.ts';

/** Of an int8 input how it is rescaled, of a float32 one what it is quantized to. */
export type QuantizeParameters = RescaleParameters | BorderParameters;

const requantize = rescaleOp('quantize', 'none');

const isRescale = (parameters: QuantizeParameters): parameters is RescaleParameters =>
  'output' in parameters;

/**
 * Source: TFLM `reference_ops::AffineQuantize`, which divides in float32. C++ leaves open what a NaN and quotients beyond
 * int32 become: here the zero point, as the conversions of Arm and of v128 make 0 of NaN, and the ends of int8.
 */
function quantizeFloat({ scale, zeroPoint }: BorderParameters, input: ActivationData): Int8Array {
  return Int8Array.from(input, (value) => {
    const quotient = Math.fround(value / scale);
    if (Number.isNaN(quotient)) return zeroPoint;
    return Math.min(127, Math.max(-128, roundHalfAway(quotient) + zeroPoint));
  });
}

/**
 * The same values in int8: of a float32 input of the graph, or of an int8 tensor with another quantization. Source of the
 * latter: TFLM `reference_ops::Requantize`, int8 to int8.
 */
export const quantize: Op<Record<string, never>, QuantizeParameters, ActivationData> = {
  ...requantize,
  prepare(context) {
    const [input] = context.inputs as [Tensor];
    if (input.dtype !== 'float32') return requantize.prepare(context);
    return borderParameters(nodeTitle(context), context.outputs[0] as Tensor);
  },
  reference(parameters, inputs) {
    const [input] = inputs as [ActivationData];
    return isRescale(parameters)
      ? requantize.reference(parameters, [input as Int8Array])
      : quantizeFloat(parameters, input);
  },
  lower: (parameters, variant, optimize) =>
    isRescale(parameters)
      ? requantize.lower(parameters, variant, optimize)
      : lowerBorder('quantize', parameters, variant),
};
