import { elementCount, type Tensor } from '../../graph/types.ts';
import { strictObject } from '../../schema.ts';
import type { NodeContext, Op } from '../op.ts';
import { type Activation, activate, quantizedActivationRange } from './activation.ts';
import { type OutputStage, requantize } from './fixedpoint.ts';
import { multiplierFor, perTensor } from './quantized.ts';
import { lowerTable } from './table.ts';
import { nodeTitle } from './title.ts';

/** The parameters of an op that rescales each int8 value and clamps it. */
export interface RescaleParameters {
  readonly count: number;
  readonly inputZeroPoint: number;
  readonly output: OutputStage;
}

/**
 * The output stage that takes the values of the first input to the output's quantization: a factor of
 * scale_in / scale_out in double arithmetic, and the range of an activation.
 */
export function rescaleStage(context: NodeContext, activation: Activation): OutputStage {
  const where = nodeTitle(context);
  const input = perTensor(where, context.inputs[0] as Tensor);
  const output = perTensor(where, context.outputs[0] as Tensor);
  const { multiplier, shift } = multiplierFor(where, 'the input', input.scale / output.scale);
  return {
    multipliers: Int32Array.of(multiplier),
    shifts: Int32Array.of(shift),
    outputZeroPoint: output.zeroPoint,
    ...quantizedActivationRange(activation, output.scale, output.zeroPoint),
  };
}

function reference({ inputZeroPoint, output }: RescaleParameters, input: Int8Array): Int8Array {
  return input.map((value) => requantize(value - inputZeroPoint, 0, output));
}

/** An op without attributes that rescales each value and clamps it to the range of an activation. */
export function rescaleOp(
  name: string,
  clamp: Activation,
): Op<Record<string, never>, RescaleParameters> {
  return {
    name,
    attributes: strictObject({}),
    inputCount: [1, 1],
    inferShapes: (context) => [(context.inputs[0] as Tensor).shape],
    macs: () => 0,
    outputQuantization: { kind: 'calibrated' },
    ...(clamp === 'none' ? {} : { activation: clamp }),
    prepare(context) {
      const [input] = context.inputs as [Tensor];
      return {
        count: elementCount(input.shape),
        inputZeroPoint: perTensor(nodeTitle(context), input).zeroPoint,
        output: rescaleStage(context, clamp),
      };
    },
    reference: (parameters, inputs) => reference(parameters, inputs[0] as Int8Array),
    referenceFloat: (_, inputs) =>
      (inputs[0] as Float32Array).map((value) => activate(value, clamp)),
    lower: (parameters) => lowerTable(parameters.count, (values) => reference(parameters, values)),
    inPlace: () => true,
  };
}
