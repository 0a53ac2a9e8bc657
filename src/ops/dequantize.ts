import { WickError } from '../errors.ts';
import type { Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import { type BorderParameters, borderParameters, lowerBorder } from './support/float_border.ts';
import { nodeTitle } from './support/title.ts';

/**
 * The real values of an int8 tensor, as a float32 output of the graph: scale * (value - zero point), rounded once to
 * float32. Source: TFLM `reference_ops::Dequantize`, int8 to float.
 */
export const dequantize: Op<Record<string, never>, BorderParameters, Int8Array, Float32Array> = {
  name: 'dequantize',
  attributes: strictObject({}),
  inputCount: [1, 1],
  inferShapes: (context) => [(context.inputs[0] as Tensor).shape],
  macs: () => 0,
  outputQuantization: { kind: 'none' },
  prepare(context) {
    const where = nodeTitle(context);
    const [input] = context.inputs as [Tensor];
    const [output] = context.outputs as [Tensor];
    if (output.dtype !== 'float32') {
      throw new WickError({
        what: `output '${output.name}' has the wrong type`,
        where,
        expected: 'float32',
        received: output.dtype,
      });
    }
    return borderParameters(where, input);
  },
  reference: ({ scale, zeroPoint }, inputs) =>
    Float32Array.from(inputs[0] as Int8Array, (value) => scale * (value - zeroPoint)),
  referenceFloat: (_, inputs) => Float32Array.from(inputs[0] as Float32Array),
  lower: (parameters, variant) => lowerBorder('dequantize', parameters, variant),
  inPlace: () => true,
};
