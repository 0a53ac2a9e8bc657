import * as v from 'valibot';
import { roundHalfAway } from './fixedpoint.ts';

/** The activations that an op can carry along, and the real range to which each clamps. */
const realRanges = {
  none: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  relu: [0, Number.POSITIVE_INFINITY],
  relu6: [0, 6],
  relu_n1_to_1: [-1, 1],
} as const;

/** A fused activation. */
export type Activation = keyof typeof realRanges;

/** The schema of the attribute `activation`. */
export const activationSchema = v.optional(
  v.picklist(Object.keys(realRanges) as Activation[]),
  'none',
);

/** Clamps a real value to an activation's range. */
export function activate(value: number, activation: Activation): number {
  const [low, high] = realRanges[activation];
  return Math.min(Math.max(value, low), high);
}

/**
 * The int8 range of a fused activation for an output of this scale and zero point.
 * Source: TFLite `CalculateActivationRangeQuantized`, whose `Quantize` divides in float32 before it rounds.
 */
export function quantizedActivationRange(
  activation: Activation,
  scale: number,
  zeroPoint: number,
): { readonly min: number; readonly max: number } {
  const [low, high] = realRanges[activation];
  const quantize = (real: number) => zeroPoint + roundHalfAway(Math.fround(real / scale));
  return {
    min: Number.isFinite(low) ? Math.max(-128, quantize(low)) : -128,
    max: Number.isFinite(high) ? Math.min(127, quantize(high)) : 127,
  };
}
