import type { Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import {
  type Activation,
  activate,
  activationSchema,
  quantizedActivationRange,
} from './support/activation.ts';
import {
  combineFloat,
  combineInt8,
  inferBroadcast,
  isInPlace,
  lowerOperands,
  type Operands,
  operandsOf,
} from './support/broadcast.ts';
import { type OutputStage, requantize } from './support/fixedpoint.ts';
import { multiplierFor, perTensor } from './support/quantized.ts';
import { nodeTitle } from './support/title.ts';

interface MulAttributes {
  readonly activation: Activation;
}

/** The parameters of an int8 product; the output stage has one channel. */
export interface MulParameters extends Operands {
  readonly firstZeroPoint: number;
  readonly secondZeroPoint: number;
  readonly output: OutputStage;
}

function product({ firstZeroPoint, secondZeroPoint, output }: MulParameters) {
  return (first: number, second: number) =>
    requantize((first - firstZeroPoint) * (second - secondZeroPoint), 0, output);
}

/**
 * The product of two tensors, element by element with broadcasting, and a fused activation. The second input may be a
 * constant. Source: TFLM `reference_integer_ops::MulElementwise` and `CalculateOpDataMul`, CMSIS-NN
 * `arm_elementwise_mul_s8`.
 */
export const mul: Op<MulAttributes, MulParameters> = {
  name: 'mul',
  attributes: strictObject({ activation: activationSchema }),
  inputCount: [2, 2],
  inferShapes: inferBroadcast,
  macs: () => 0,
  outputQuantization: { kind: 'calibrated' },
  fusesActivation: true,
  prepare(context) {
    const where = nodeTitle(context);
    const [first, second] = context.inputs as [Tensor, Tensor];
    const [a, b] = [perTensor(where, first), perTensor(where, second)];
    const { scale, zeroPoint } = perTensor(where, context.outputs[0] as Tensor);
    const { multiplier, shift } = multiplierFor(where, 'the product', (a.scale * b.scale) / scale);
    return {
      ...operandsOf(context),
      firstZeroPoint: a.zeroPoint,
      secondZeroPoint: b.zeroPoint,
      output: {
        multipliers: Int32Array.of(multiplier),
        shifts: Int32Array.of(shift),
        outputZeroPoint: zeroPoint,
        ...quantizedActivationRange(context.attributes.activation, scale, zeroPoint),
      },
    };
  },
  reference: (parameters, inputs) => combineInt8(parameters, inputs, product(parameters)),
  referenceFloat: (context, inputs) =>
    combineFloat(context, inputs, (first, second) =>
      activate(first * second, context.attributes.activation),
    ),
  lower(parameters, variant) {
    const { firstZeroPoint, secondZeroPoint, output } = parameters;
    const shift = output.shifts[0] as number;
    const numbers = [
      firstZeroPoint,
      secondZeroPoint,
      output.multipliers[0] as number,
      shift,
      output.outputZeroPoint,
      output.min,
      output.max,
    ];
    // With other shifts the v128 kernel could leave int32.
    const inReach = shift >= -23 && shift <= -1;
    const name = variant === 'simd' && inReach ? 'mulVector' : 'mul';
    return lowerOperands(parameters, { name, numbers }, product(parameters));
  },
  inPlace: isInPlace,
};
