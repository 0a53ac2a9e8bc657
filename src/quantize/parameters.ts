import type { Quantization } from '../graph/types.ts';
import { roundHalfAway } from '../ops/support/fixedpoint.ts';

/** The least and the greatest value of a tensor. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** The least float32 with full precision: a scale below it would be 0 or too coarse. */
const leastScale = 2 ** -126;

/** The largest magnitude that a bias may take, so that an accumulator has room for its products. */
const maxBias = 2 ** 30;

/**
 * Scale and zero point of an int8 activation that covers a range. The range is widened to hold 0, which gets an exact
 * value. Source: TFLite `ChooseQuantizationParams`.
 */
export function activationQuantization(range: Range): Quantization {
  const min = Math.min(range.min, 0);
  const max = Math.max(range.max, 0);
  const scale = max > min ? Math.max(Math.fround((max - min) / 255), leastScale) : 1;
  const zeroPoint = Math.min(127, Math.max(-128, roundHalfAway(-128 - min / scale)));
  return { scale: [scale], zeroPoint: [zeroPoint] };
}

/** Quantized weights and bias of a layer, one scale an output channel. */
export interface QuantizedWeights {
  readonly weights: Int8Array;
  readonly weightScales: readonly number[];
  readonly bias: Int32Array;
  readonly biasScales: readonly number[];
}

/**
 * Quantizes a layer's weights symmetrically to [-127, 127], a scale for each output channel (their first axis), and
 * its bias to int32 with scale inputScale * weightScale. A channel with a bias that int32 could not hold gets a larger
 * weight scale.
 */
export function quantizeWeights(
  weights: Float32Array,
  bias: Float32Array,
  inputScale: number,
): QuantizedWeights {
  const channels = bias.length;
  const depth = weights.length / channels;
  const result = new Int8Array(weights.length);
  const weightScales: number[] = [];
  const biasScales: number[] = [];
  const quantizedBias = new Int32Array(channels);
  for (let c = 0; c < channels; c++) {
    const row = weights.subarray(c * depth, (c + 1) * depth);
    const magnitude = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const offset = bias[c] as number;
    const scale =
      Math.fround(Math.max(magnitude / 127, Math.abs(offset) / (inputScale * maxBias))) || 1;
    const biasScale = Math.fround(inputScale * scale);
    row.forEach((value, k) => {
      result[c * depth + k] = Math.min(127, Math.max(-127, roundHalfAway(value / scale)));
    });
    quantizedBias[c] = roundHalfAway(offset / biasScale);
    weightScales.push(scale);
    biasScales.push(biasScale);
  }
  return { weights: result, weightScales, bias: quantizedBias, biasScales };
}

/** A real value as int8: value / scale + zero point, rounded half away from zero, saturated. */
export function quantizeValue(value: number, scale: number, zeroPoint: number): number {
  return Math.min(127, Math.max(-128, roundHalfAway(value / scale) + zeroPoint));
}
