import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { elementCount, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import { expOfNegative, reciprocalOfOnePlus } from './support/exponential.ts';
import {
  quantizeMultiplier,
  roundingDivideByPowerOfTwo,
  saturatingRoundingDoublingHighMul,
} from './support/fixedpoint.ts';
import { perTensor } from './support/quantized.ts';
import { nodeTitle } from './support/title.ts';

interface SoftmaxAttributes {
  readonly beta: number;
}

/** The parameters of an int8 softmax over rows of `depth` values; the output has scale 1/256 and zero point -128. */
export interface SoftmaxParameters {
  readonly rows: number;
  readonly depth: number;
  /** Turns a difference of inputs into beta * difference with 5 integer bits. */
  readonly multiplier: number;
  readonly leftShift: number;
  /** Differences below it count as minus infinity. */
  readonly leastDifference: number;
}

/** Bits before the binary point of beta * (x - max), and of the sum of exponentials. */
const differenceBits = 5;
const sumBits = 12;
const maxDepth = 2 ** sumBits;

/** Source: TFLM `reference_ops::Softmax` for int8. */
function reference(parameters: SoftmaxParameters, inputs: readonly Int8Array[]): Int8Array {
  const input = inputs[0] as Int8Array;
  const { rows, depth, multiplier, leftShift, leastDifference } = parameters;
  const result = new Int8Array(input.length);
  for (let row = 0; row < rows; row++) {
    const values = input.subarray(row * depth, (row + 1) * depth);
    const most = values.reduce((max, value) => Math.max(max, value), -128);
    const exponentials = Array.from(values, (value) => {
      const difference = value - most;
      if (difference < leastDifference) return null;
      return expOfNegative(
        saturatingRoundingDoublingHighMul(difference * 2 ** leftShift, multiplier),
        differenceBits,
      );
    });
    const sum = exponentials.reduce<number>(
      (total, e) => total + (e === null ? 0 : roundingDivideByPowerOfTwo(e, sumBits)),
      0,
    );
    const zeros = Math.clz32(sum);
    const scale = reciprocalOfOnePlus(sum * 2 ** zeros - 2 ** 31);
    exponentials.forEach((e, c) => {
      if (e === null) {
        result[row * depth + c] = -128;
        return;
      }
      const product = saturatingRoundingDoublingHighMul(scale, e);
      const output = roundingDivideByPowerOfTwo(product, sumBits - zeros + 31 - 8) - 128;
      result[row * depth + c] = Math.min(127, Math.max(-128, output));
    });
  }
  return result;
}

/** exp(beta * x) over the last axis, scaled to a sum of 1. */
export const softmax: Op<SoftmaxAttributes, SoftmaxParameters> = {
  name: 'softmax',
  attributes: strictObject({ beta: v.pipe(v.number(), v.gtValue(0)) }),
  inputCount: [1, 1],
  inferShapes: (context) => [(context.inputs[0] as Tensor).shape],
  macs: () => 0,
  outputQuantization: { kind: 'fixed', scale: 1 / 256, zeroPoint: -128 },
  prepare(context) {
    const where = nodeTitle(context);
    const [input] = context.inputs as [Tensor];
    const { scale } = perTensor(where, input);
    const real = Math.min(
      context.attributes.beta * scale * 2 ** (31 - differenceBits),
      2 ** 31 - 1,
    );
    if (real < 1) {
      throw new WickError({
        what: 'input scale is too small for a softmax',
        where,
        expected: `beta * scale of at least ${2 ** (differenceBits - 31)}`,
        received: `${context.attributes.beta * scale}`,
      });
    }
    // From 2^30 on only equal inputs share the output, and a difference of 0 stands any shift.
    const { multiplier, shift } = quantizeMultiplier(real, 31);
    const depth = input.shape.at(-1) ?? 1;
    if (depth >= maxDepth) {
      throw new WickError({
        what: 'softmax over too many values',
        where,
        expected: `fewer than ${maxDepth}, so that their sum fits`,
        received: `${depth}`,
      });
    }
    return {
      rows: elementCount(input.shape) / depth,
      depth,
      multiplier,
      leftShift: shift,
      leastDifference: -Math.floor(
        ((2 ** differenceBits - 1) * 2 ** (31 - differenceBits)) / 2 ** shift,
      ),
    };
  },
  reference,
  referenceFloat(context, inputs) {
    const input = inputs[0] as Float32Array;
    const depth = (context.inputs[0] as Tensor).shape.at(-1) ?? 1;
    const result = new Float32Array(input.length);
    for (let start = 0; start < input.length; start += depth) {
      const values = input.subarray(start, start + depth);
      const most = values.reduce((max, value) => Math.max(max, value), Number.NEGATIVE_INFINITY);
      const powers = Array.from(values, (x) => Math.exp(context.attributes.beta * (x - most)));
      const sum = powers.reduce((total, power) => total + power, 0);
      powers.forEach((power, c) => {
        result[start + c] = power / sum;
      });
    }
    return result;
  },
  lower: (parameters) => ({
    kernel: 'softmax',
    arguments: [
      { input: 0 },
      { output: 0 },
      parameters.rows,
      parameters.depth,
      parameters.multiplier,
      parameters.leftShift,
      parameters.leastDifference,
    ],
    weights: new Uint8Array(0),
    scratchBytes: 0,
  }),
  // A row is read for the last time where its value is written.
  inPlace: () => true,
};
