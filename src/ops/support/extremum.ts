import { WickError } from '../../errors.ts';
import type { Tensor } from '../../graph/types.ts';
import { strictObject } from '../../schema.ts';
import type { Op } from '../op.ts';
import {
  combineFloat,
  combineInt8,
  inferBroadcast,
  isInPlace,
  lowerOperands,
  type Operands,
  operandsOf,
} from './broadcast.ts';
import { perTensor } from './quantized.ts';
import { nodeTitle } from './title.ts';

/**
 * The op that picks one of two values, element by element. Both inputs and the output share one quantization, so
 * quantized values compare as real ones do. The second input may be a constant.
 * Source: TFLM `reference_ops::MaximumMinimumBroadcastSlow`, CMSIS-NN `arm_maximum_s8` and `arm_minimum_s8`.
 */
export function extremum(name: 'maximum' | 'minimum'): Op<Record<string, never>, Operands> {
  const pick = name === 'maximum' ? Math.max : Math.min;
  return {
    name,
    attributes: strictObject({}),
    inputCount: [2, 2],
    inferShapes: inferBroadcast,
    macs: () => 0,
    outputQuantization: { kind: 'sameAsInput' },
    unifiesInputs: true,
    prepare(context) {
      const where = nodeTitle(context);
      const [first, second] = context.inputs as [Tensor, Tensor];
      const [a, b] = [perTensor(where, first), perTensor(where, second)];
      if (a.scale !== b.scale || a.zeroPoint !== b.zeroPoint) {
        throw new WickError({
          what: `inputs '${first.name}' and '${second.name}' are quantized differently`,
          where,
          expected: `scale ${a.scale}, zero point ${a.zeroPoint}`,
          received: `scale ${b.scale}, zero point ${b.zeroPoint}`,
        });
      }
      return operandsOf(context);
    },
    reference: (operands, inputs) => combineInt8(operands, inputs, pick),
    referenceFloat: (context, inputs) => combineFloat(context, inputs, pick),
    lower: (operands, variant) =>
      lowerOperands(
        operands,
        {
          name: variant === 'simd' ? 'maximumVector' : 'maximum',
          numbers: [name === 'minimum' ? 1 : 0],
        },
        pick,
      ),
    inPlace: isInPlace,
  };
}
