import { messageOf, WickError } from '../../errors.ts';
import type { Tensor } from '../../graph/types.ts';
import type { NodeContext } from '../op.ts';
import { type Activation, quantizedActivationRange } from './activation.ts';
import { type OutputStage, type QuantizedMultiplier, quantizeMultiplier } from './fixedpoint.ts';
import { nodeTitle } from './title.ts';

/** Scale and zero point of a tensor quantized as a whole. Throws where it is not int8 or not quantized so. */
export function perTensor(
  where: string,
  tensor: Tensor,
): { readonly scale: number; readonly zeroPoint: number } {
  const scale = tensor.quantization?.scale;
  const zeroPoint = tensor.quantization?.zeroPoint;
  if (tensor.dtype !== 'int8' || scale?.length !== 1 || zeroPoint?.length !== 1) {
    throw new WickError({
      what: `tensor '${tensor.name}' is not quantized as a whole`,
      where,
      expected: 'int8 with one scale and one zero point',
      received: `${tensor.dtype} with ${scale?.length ?? 0} scales`,
      hint: 'quantize the graph first',
    });
  }
  return { scale: scale[0] as number, zeroPoint: zeroPoint[0] as number };
}

/** The int8 data of a constant weight tensor. */
export function int8Data(where: string, tensor: Tensor): Int8Array {
  if (tensor.dtype === 'int8' && tensor.data instanceof Int8Array) return tensor.data;
  throw new WickError({
    what: `weights '${tensor.name}' are not ${tensor.data === undefined ? 'a constant' : 'int8'}`,
    where,
    expected: 'int8 data',
    received: tensor.data === undefined ? 'an activation' : tensor.dtype,
  });
}

/** How many bits a weight has: 8 where it is not said. */
export type WeightBits = 4 | 8;

/** Constant weights of four or eight bits: their values, one a byte either way, and which of the two they are. */
export function weightData(
  where: string,
  tensor: Tensor,
): { readonly weights: Int8Array; readonly weightBits: WeightBits } {
  if (tensor.dtype === 'int4' && tensor.data instanceof Int8Array) {
    return { weights: tensor.data, weightBits: 4 };
  }
  return { weights: int8Data(where, tensor), weightBits: 8 };
}

/** {@link quantizeMultiplier}, with a WickError that names the node where the factor has no multiplier. */
export function multiplierFor(where: string, what: string, factor: number): QuantizedMultiplier {
  try {
    return quantizeMultiplier(factor);
  } catch (error) {
    throw new WickError({
      what: `${what} cannot be rescaled`,
      where,
      expected: 'a factor from 0 to 2^30',
      received: messageOf(error),
      hint: 'the scales of the graph do not belong together',
    });
  }
}

/** The int32 data of a constant bias tensor, or zeros where there is none. */
export function biasData(where: string, tensor: Tensor | undefined, channels: number): Int32Array {
  if (tensor === undefined) return new Int32Array(channels);
  if (tensor.data instanceof Int32Array && tensor.data.length === channels) return tensor.data;
  throw new WickError({
    what: `bias '${tensor.name}' does not fit`,
    where,
    expected: `${channels} constant int32 values`,
    received: `${tensor.data === undefined ? 'an activation' : `${tensor.data.length} ${tensor.dtype} values`}`,
  });
}

/** How the scales of input and weights are multiplied: without rounding, or to a float32. */
export type ScaleProduct = 'exact' | 'float32';

/**
 * The output stage of a layer that multiplies an input by weights: one multiplier a channel from
 * scale_in * scale_weight / scale_out. `product` says how the first two are multiplied where the weights have one scale for
 * all channels; with a scale for each the product is exact in any layer.
 * Source: TFLite `PopulateConvolutionQuantizationParams` for convolutions of every kind, which works in double precision
 * throughout; TFLM `CalculateOpDataFullyConnected` for dense layers, which without a scale for each channel takes
 * `GetQuantizedConvolutionMultipler`, and that multiplies in float32.
 */
export function weightedOutputStage(
  context: NodeContext<{ readonly activation: Activation }>,
  channels: number,
  product: ScaleProduct = 'exact',
): OutputStage {
  const where = nodeTitle(context);
  const [input, weights] = context.inputs as [Tensor, Tensor];
  const output = context.outputs[0] as Tensor;
  const inputScale = perTensor(where, input).scale;
  const { scale: outputScale, zeroPoint } = perTensor(where, output);
  const weightScales = weights.quantization?.scale ?? [];
  if (weightScales.length !== 1 && weightScales.length !== channels) {
    throw new WickError({
      what: `weights '${weights.name}' have the wrong number of scales`,
      where,
      expected: `1 or ${channels}`,
      received: `${weightScales.length}`,
    });
  }
  if (weights.quantization?.zeroPoint.some((zero) => zero !== 0)) {
    throw new WickError({
      what: `weights '${weights.name}' have a zero point`,
      where,
      expected: 'symmetric weights (zero point 0)',
    });
  }
  const multipliers = new Int32Array(channels);
  const shifts = new Int32Array(channels);
  for (let c = 0; c < channels; c++) {
    const exact = inputScale * (weightScales[weightScales.length === 1 ? 0 : c] as number);
    const rounded = product === 'float32' && weightScales.length === 1;
    const factor = (rounded ? Math.fround(exact) : exact) / outputScale;
    const { multiplier, shift } = multiplierFor(where, `output channel ${c}`, factor);
    multipliers[c] = multiplier;
    shifts[c] = shift;
  }
  checkBiasScale(where, context.inputs[2], inputScale, weightScales, outputScale);
  const { activation } = context.attributes;
  return {
    multipliers,
    shifts,
    outputZeroPoint: zeroPoint,
    ...quantizedActivationRange(activation, outputScale, zeroPoint),
  };
}

/**
 * A bias is added to the accumulator as it is, so its scale must be the accumulator's, to within a fiftieth of an output
 * step. Source: TFLite `GetQuantizedConvolutionMultipler`.
 */
function checkBiasScale(
  where: string,
  bias: Tensor | undefined,
  inputScale: number,
  weightScales: readonly number[],
  outputScale: number,
): void {
  const scales = bias?.quantization?.scale ?? [];
  scales.forEach((scale, c) => {
    const expected = inputScale * (weightScales[weightScales.length === 1 ? 0 : c] as number);
    if (Math.abs(scale - expected) / outputScale <= 0.02) return;
    throw new WickError({
      what: `bias '${bias?.name}' has the wrong scale in channel ${c}`,
      where,
      expected: `${expected}, the input's scale times the weights'`,
      received: `${scale}`,
    });
  });
}
