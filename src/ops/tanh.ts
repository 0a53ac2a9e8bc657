import type { Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import { mapSigmoid, prepareSigmoid, type SigmoidParameters, tanhOfQ4 } from './support/sigmoid.ts';
import { lowerTable } from './support/table.ts';

const output = { outputBits: 7, outputZeroPoint: 0 };

function reference(parameters: SigmoidParameters, input: Int8Array): Int8Array {
  return mapSigmoid(parameters, input, tanhOfQ4, output);
}

/** The hyperbolic tangent, with an output scale of 1/128. Source: TFLM `reference_integer_ops::Tanh` for int8. */
export const tanh: Op<Record<string, never>, SigmoidParameters> = {
  name: 'tanh',
  attributes: strictObject({}),
  inputCount: [1, 1],
  inferShapes: (context) => [(context.inputs[0] as Tensor).shape],
  macs: () => 0,
  outputQuantization: { kind: 'fixed', scale: 1 / 128, zeroPoint: 0 },
  prepare: prepareSigmoid,
  reference: (parameters, inputs) => reference(parameters, inputs[0] as Int8Array),
  referenceFloat: (_, inputs) => (inputs[0] as Float32Array).map((x) => Math.tanh(x)),
  lower: (parameters) => lowerTable(parameters.count, (values) => reference(parameters, values)),
  inPlace: () => true,
};
