import type { Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import {
  logisticOfQ4,
  mapSigmoid,
  prepareSigmoid,
  type SigmoidParameters,
} from './support/sigmoid.ts';
import { lowerTable } from './support/table.ts';

const output = { outputBits: 8, outputZeroPoint: -128 };

function reference(parameters: SigmoidParameters, input: Int8Array): Int8Array {
  return mapSigmoid(parameters, input, logisticOfQ4, output);
}

/** 1 / (1 + exp(-x)), with an output scale of 1/256. Source: TFLM `reference_integer_ops::Logistic` for int8. */
export const logistic: Op<Record<string, never>, SigmoidParameters> = {
  name: 'logistic',
  attributes: strictObject({}),
  inputCount: [1, 1],
  inferShapes: (context) => [(context.inputs[0] as Tensor).shape],
  macs: () => 0,
  outputQuantization: { kind: 'fixed', scale: 1 / 256, zeroPoint: -128 },
  prepare: prepareSigmoid,
  reference: (parameters, inputs) => reference(parameters, inputs[0] as Int8Array),
  referenceFloat: (_, inputs) => (inputs[0] as Float32Array).map((x) => 1 / (1 + Math.exp(-x))),
  lower: (parameters) => lowerTable(parameters.count, (values) => reference(parameters, values)),
  inPlace: () => true,
};
