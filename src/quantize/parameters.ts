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
 * Quantizes a layer's weights symmetrically to [-127, 127], a scale for each output channel, and its bias to int32 with
 * scale inputScale * weightScale. A channel with a bias that int32 could not hold gets a larger weight scale. The
 * channel goes up by one every `channelStride` weights, starting anew after the last: by default the channels are the
 * weights' first axis; 1 makes them the last.
 */
export function quantizeWeights(
  weights: Float32Array,
  bias: Float32Array,
  inputScale: number,
  channelStride = weights.length / bias.length,
): QuantizedWeights {
  const channels = bias.length;
  const channelOf = (index: number) => Math.floor(index / channelStride) % channels;
  const magnitudes = new Float32Array(channels);
  weights.forEach((value, index) => {
    const c = channelOf(index);
    magnitudes[c] = Math.max(magnitudes[c] as number, Math.abs(value));
  });
  const weightScales = Array.from(magnitudes, (magnitude, c) => {
    const leastForBias = Math.abs(bias[c] as number) / (inputScale * maxBias);
    return Math.fround(Math.max(magnitude / 127, leastForBias)) || 1;
  });
  const biasScales = weightScales.map((scale) => Math.fround(inputScale * scale));
  return {
    weights: Int8Array.from(weights, (value, index) => {
      const scale = weightScales[channelOf(index)] as number;
      return Math.min(127, Math.max(-127, roundHalfAway(value / scale)));
    }),
    weightScales,
    bias: Int32Array.from(bias, (value, c) => roundHalfAway(value / (biasScales[c] as number))),
    biasScales,
  };
}

/** A real value as int8: value / scale + zero point, rounded half away from zero, saturated. */
export function quantizeValue(value: number, scale: number, zeroPoint: number): number {
  return Math.min(127, Math.max(-128, roundHalfAway(value / scale) + zeroPoint));
}
