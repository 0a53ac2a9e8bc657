import * as v from 'valibot';
import { elementCount, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import { type OutputStage, type QuantizedMultiplier, requantize } from './support/fixedpoint.ts';
import { multiplierFor, perTensor } from './support/quantized.ts';
import { lowerTable } from './support/table.ts';
import { nodeTitle } from './support/title.ts';

interface LeakyReluAttributes {
  readonly alpha: number;
}

/** The parameters of an int8 leaky relu. */
export interface LeakyReluParameters {
  readonly count: number;
  readonly inputZeroPoint: number;
  /** Two channels: values from 0 on, and those below, whose multiplier holds alpha. */
  readonly output: OutputStage;
}

/**
 * A multiplier of either sign. Of a negative factor that is rounded to a power of two, TFLite `QuantizeMultiplier` keeps
 * the multiplier -2^31.
 */
function signedMultiplier(where: string, what: string, factor: number): QuantizedMultiplier {
  const { multiplier, shift } = multiplierFor(where, what, Math.abs(factor));
  if (factor >= 0) return { multiplier, shift };
  const roundedUp = multiplier === 2 ** 30 && -factor < 2 ** (shift - 1);
  return roundedUp
    ? { multiplier: -(2 ** 31), shift: shift - 1 }
    : { multiplier: -multiplier, shift };
}

function reference({ inputZeroPoint, output }: LeakyReluParameters, input: Int8Array): Int8Array {
  return input.map((value) => {
    const difference = value - inputZeroPoint;
    return requantize(difference, difference >= 0 ? 0 : 1, output);
  });
}

/** x where it is not negative, alpha * x below. Source: TFLM `reference_ops::QuantizeLeakyRelu`. */
export const leakyRelu: Op<LeakyReluAttributes, LeakyReluParameters> = {
  name: 'leaky_relu',
  attributes: strictObject({ alpha: v.pipe(v.number(), v.finite()) }),
  inputCount: [1, 1],
  inferShapes: (context) => [(context.inputs[0] as Tensor).shape],
  macs: () => 0,
  outputQuantization: { kind: 'calibrated' },
  // TFLM `CalculateOpDataLeakyRelu` forms both factors in float32.
  prepare(context) {
    const where = nodeTitle(context);
    const [tensor] = context.inputs as [Tensor];
    const input = perTensor(where, tensor);
    const output = perTensor(where, context.outputs[0] as Tensor);
    const { fround } = Math;
    const slope = fround(input.scale * fround(context.attributes.alpha));
    const identity = multiplierFor(where, 'the input', fround(input.scale / output.scale));
    const alpha = signedMultiplier(where, 'alpha times the input', fround(slope / output.scale));
    return {
      count: elementCount(tensor.shape),
      inputZeroPoint: input.zeroPoint,
      output: {
        multipliers: Int32Array.of(identity.multiplier, alpha.multiplier),
        shifts: Int32Array.of(identity.shift, alpha.shift),
        outputZeroPoint: output.zeroPoint,
        min: -128,
        max: 127,
      },
    };
  },
  reference: (parameters, inputs) => reference(parameters, inputs[0] as Int8Array),
  referenceFloat: ({ attributes }, inputs) =>
    (inputs[0] as Float32Array).map((x) => (x > 0 ? x : attributes.alpha * x)),
  lower: (parameters) => lowerTable(parameters.count, (values) => reference(parameters, values)),
  inPlace: () => true,
};
