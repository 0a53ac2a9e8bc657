import { WickError } from '../errors.ts';
import { elementCount, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import { type QuantizedMultiplier, roundingDivideByPowerOfTwo } from './support/fixedpoint.ts';
import { multiplierFor, perTensor } from './support/quantized.ts';
import { lowerTable } from './support/table.ts';
import { nodeTitle } from './support/title.ts';

/** The parameters of an int8 hard swish. Multipliers are int16 with 15 bits behind the point. */
export interface HardSwishParameters {
  readonly count: number;
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
  /** Takes 128 times the input to the output's scale; its shift is at most 0. */
  readonly output: QuantizedMultiplier;
  /** Takes 128 times the input to a scale at which 3.0 is 2^15. */
  readonly gate: QuantizedMultiplier;
}

const int16 = (x: number) => (x << 16) >> 16;
const saturate = (x: number) => Math.min(2 ** 15 - 1, Math.max(-(2 ** 15), x));

/** round(a * b / 2^15) of an int16 and a positive one. Source: gemmlowp `SaturatingRoundingDoublingHighMul`, int16. */
const roundingMultiply = (a: number, b: number) => Math.floor((a * b + 2 ** 14) / 2 ** 15);

/** (x + 3) / 6, clamped to 0 .. 1, with 15 bits behind the point, for 128 times the input. */
function gateOf(value: number, { multiplier, shift }: QuantizedMultiplier): number {
  const most = Math.max(shift - 1, 0);
  let gate = roundingMultiply(saturate(value * 2 ** most), multiplier);
  if (shift > 0) gate = saturate(gate * 2);
  if (shift < 0) gate = roundingDivideByPowerOfTwo(gate, -shift);
  return (gate + 2 ** 15) >> 1;
}

function reference(parameters: HardSwishParameters, input: Int8Array): Int8Array {
  const { inputZeroPoint, outputZeroPoint, output, gate } = parameters;
  return input.map((value) => {
    const fine = (value - inputZeroPoint) * 2 ** 7;
    const scaled = roundingMultiply(fine, output.multiplier);
    const product = Math.trunc((gateOf(fine, gate) * scaled) / 2 ** 15);
    const result = int16(roundingDivideByPowerOfTwo(product, -output.shift) + outputZeroPoint);
    return Math.min(127, Math.max(-128, result));
  });
}

/** Source: TFLite `DownScaleInt32ToInt16Multiplier`. */
function downscale({ multiplier, shift }: QuantizedMultiplier): QuantizedMultiplier {
  return { multiplier: Math.min((multiplier + 2 ** 15) >>> 16, 2 ** 15 - 1), shift };
}

/** x * min(max(x + 3, 0), 6) / 6. Source: TFLM `reference_ops::HardSwish` for int8, with its 16-bit arithmetic. */
export const hardSwish: Op<Record<string, never>, HardSwishParameters> = {
  name: 'hard_swish',
  attributes: strictObject({}),
  inputCount: [1, 1],
  inferShapes: (context) => [(context.inputs[0] as Tensor).shape],
  macs: () => 0,
  outputQuantization: { kind: 'calibrated' },
  // TFLM `HardSwishPrepare` forms both factors in float32.
  prepare(context) {
    const where = nodeTitle(context);
    const [tensor] = context.inputs as [Tensor];
    const input = perTensor(where, tensor);
    const { scale, zeroPoint } = perTensor(where, context.outputs[0] as Tensor);
    const fineScale = Math.fround(input.scale / 128);
    const factorFor = (unit: number, maxShift: number): QuantizedMultiplier => {
      const factor = Math.fround(fineScale / unit);
      const { multiplier, shift } = multiplierFor(where, 'the input', factor);
      if (multiplier === 0 || shift < -15 || shift > maxShift) {
        throw new WickError({
          what: 'input scale is out of the range of 16-bit arithmetic',
          where,
          expected: `from ${unit * 2 ** -9} to ${unit * 2 ** (maxShift + 7)}`,
          received: `${input.scale}`,
          hint: 'the scales of the graph do not belong together',
        });
      }
      return downscale({ multiplier, shift });
    };
    return {
      count: elementCount(tensor.shape),
      inputZeroPoint: input.zeroPoint,
      outputZeroPoint: zeroPoint,
      output: factorFor(scale, 0),
      gate: factorFor(3 / 2 ** 15, 30),
    };
  },
  reference: (parameters, inputs) => reference(parameters, inputs[0] as Int8Array),
  referenceFloat: (_, inputs) =>
    (inputs[0] as Float32Array).map((x) => (x * Math.min(6, Math.max(0, x + 3))) / 6),
  lower: (parameters) => lowerTable(parameters.count, (values) => reference(parameters, values)),
  inPlace: () => true,
};
