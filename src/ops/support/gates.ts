// The weighted sums of a recurrent layer's gates.
import type { Tensor } from '../../graph/types.ts';
import type { Optimize, Variant } from '../op.ts';
import { multiplyByQuantizedMultiplier, type QuantizedMultiplier } from './fixedpoint.ts';
import { checkAccumulators, foldZeroPoint } from './pack.ts';
import { type PackedProduct, packProduct } from './product.ts';
import { biasData, int8Data, multiplierFor, perTensor } from './quantized.ts';
import { symmetricScale } from './symmetric.ts';

/** The weights of all gates for one vector, gate after gate, each [units][depth]. */
export interface GateWeights {
  readonly depth: number;
  readonly weights: Int8Array;
  readonly bias: Int32Array;
  /** The zero point of the vector. */
  readonly zeroPoint: number;
  /** One a gate: turns its sums into Q3.12. */
  readonly rescale: readonly QuantizedMultiplier[];
}

/** Limits a value to a range. */
export const clamp = (value: number, low: number, high: number) =>
  Math.min(high, Math.max(low, value));

/** Limits a value to int16. */
export const saturate16 = (value: number) => clamp(value, -32768, 32767);

/** {@link multiplyByQuantizedMultiplier} by both parts of a factor. */
export const scaled = (value: number, { multiplier, shift }: QuantizedMultiplier) =>
  multiplyByQuantizedMultiplier(value, multiplier, shift);

/**
 * The weights of all gates for a vector `source`, a tensor [units, depth] a gate, and biases where there are any. Throws a
 * WickError where they are not quantized as they should be.
 * Source: TFLM `CreateGateParams`; TFLite `GetQuantizedConvolutionMultipler` multiplies the scales in float32.
 */
export function prepareGates(
  where: string,
  source: Tensor,
  tensors: readonly Tensor[],
  biases: readonly Tensor[] = [],
): GateWeights {
  const { scale, zeroPoint } = perTensor(where, source);
  const [units = 0, depth = 0] = tensors[0]?.shape ?? [];
  const weights = new Int8Array(tensors.length * units * depth);
  const bias = new Int32Array(tensors.length * units);
  const rescale = tensors.map((tensor, gate) => {
    weights.set(int8Data(where, tensor), gate * units * depth);
    bias.set(biasData(where, biases[gate], units), gate * units);
    const product = Math.fround(scale * symmetricScale(where, tensor));
    return multiplierFor(where, `'${tensor.name}'`, product * 2 ** 12);
  });
  return { depth, weights, bias, zeroPoint, rescale };
}

/** The gate of a row of the weights. */
function gateOf({ bias, rescale }: GateWeights, row: number): QuantizedMultiplier {
  return rescale[Math.floor((row * rescale.length) / bias.length)] as QuantizedMultiplier;
}

/** What one row of the weights makes of a vector, in Q3.12. */
export function gateSum(gates: GateWeights, row: number, vector: Int8Array): number {
  const { depth, weights, bias, zeroPoint } = gates;
  let sum = bias[row] as number;
  for (let k = 0; k < depth; k++) {
    sum += (weights[row * depth + k] as number) * ((vector[k] as number) - zeroPoint);
  }
  return saturate16(scaled(sum, gateOf(gates, row)));
}

/** Packs the weights of all gates as one matrix. Throws a WickError where an accumulator could overflow. */
export function packGates(gates: GateWeights, variant: Variant, optimize: Optimize): PackedProduct {
  const { depth, weights, bias, zeroPoint } = gates;
  checkAccumulators(weights, depth, bias);
  return packProduct(
    {
      rows: bias.length,
      depth,
      weights,
      bias: foldZeroPoint(weights, depth, bias, zeroPoint),
      multipliers: bias.map((_, row) => gateOf(gates, row).multiplier),
      shifts: bias.map((_, row) => gateOf(gates, row).shift),
    },
    { outputZeroPoint: 0, min: -32768, max: 32767 },
    variant,
    optimize,
  );
}
