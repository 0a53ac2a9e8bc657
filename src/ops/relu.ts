import type { Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import { quantizedActivationRange } from './support/activation.ts';
import { type OutputStage, requantize } from './support/fixedpoint.ts';
import { multiplierFor, perTensor } from './support/quantized.ts';
import { nodeTitle } from './support/title.ts';

/** The parameters of an int8 relu that stands by itself: a rescale and a clamp. */
export interface ReluParameters {
  readonly count: number;
  readonly inputZeroPoint: number;
  readonly output: OutputStage;
}

function reference(
  { inputZeroPoint, output }: Omit<ReluParameters, 'count'>,
  input: Int8Array,
): Int8Array {
  return input.map((value) => requantize(value - inputZeroPoint, 0, output));
}

/** max(x, 0). Source: TFLM `ReluQuantized`. */
export const relu: Op<Record<string, never>, ReluParameters> = {
  name: 'relu',
  attributes: strictObject({}),
  inputCount: [1, 1],
  inferShapes: (context) => [(context.inputs[0] as Tensor).shape],
  macs: () => 0,
  outputQuantization: { kind: 'calibrated' },
  activation: 'relu',
  prepare(context) {
    const where = nodeTitle(context);
    const [tensor] = context.inputs as [Tensor];
    const input = perTensor(where, tensor);
    const output = perTensor(where, context.outputs[0] as Tensor);
    const { multiplier, shift } = multiplierFor(where, 'the input', input.scale / output.scale);
    return {
      count: tensor.shape.reduce((product, extent) => product * extent, 1),
      inputZeroPoint: input.zeroPoint,
      output: {
        multipliers: Int32Array.of(multiplier),
        shifts: Int32Array.of(shift),
        outputZeroPoint: output.zeroPoint,
        ...quantizedActivationRange('relu', output.scale, output.zeroPoint),
      },
    };
  },
  reference: (parameters, inputs) => reference(parameters, inputs[0] as Int8Array),
  referenceFloat: (_, inputs) => (inputs[0] as Float32Array).map((value) => Math.max(value, 0)),
  // A function of one int8 is a table of 256 entries, in the order of the byte's unsigned value.
  lower: (parameters) => ({
    kernel: 'lookup',
    arguments: [{ input: 0 }, { weights: 0 }, { output: 0 }, parameters.count],
    weights: new Uint8Array(
      reference(
        parameters,
        Int8Array.from({ length: 256 }, (_, byte) => byte),
      ).buffer,
    ),
    scratchBytes: 0,
  }),
  inPlace: () => true,
};
