/** Rounds to the nearest integer, ties away from zero, as C's `round`. */
export function roundHalfAway(x: number): number {
  return x < 0 ? -Math.round(-x) : Math.round(x);
}

/** A real factor as an int32 fixed-point number: real = multiplier * 2^(shift - 31). */
export interface QuantizedMultiplier {
  readonly multiplier: number;
  readonly shift: number;
}

/**
 * Splits a non-negative real factor into an int32 multiplier in [2^30, 2^31) and a shift.
 * Factors below 2^-32 become 0; those of 2^maxShift and more throw a RangeError.
 * Source: TFLite `QuantizeMultiplier` (quantization_util.cc).
 */
export function quantizeMultiplier(real: number, maxShift = 30): QuantizedMultiplier {
  if (!(real >= 0 && Number.isFinite(real))) throw new RangeError(`no multiplier for ${real}`);
  if (real === 0) return { multiplier: 0, shift: 0 };
  let shift = Math.floor(Math.log2(real)) + 1;
  // log2 may be off by one near powers of two: the fraction must lie in [0.5, 1).
  if (real / 2 ** shift >= 1) shift++;
  if (real / 2 ** shift < 0.5) shift--;
  let multiplier = Math.round((real / 2 ** shift) * 2 ** 31);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift++;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  if (shift > maxShift) throw new RangeError(`the factor ${real} is too large to requantize by`);
  return { multiplier, shift };
}

const int32Min = -(2 ** 31);
const int32Max = 2 ** 31 - 1;

/**
 * round(a * b / 2^31) of two int32, ties towards positive infinity, saturated.
 * Source: gemmlowp `SaturatingRoundingDoublingHighMul`; equal to CMSIS-NN `arm_nn_doubling_high_mult_no_sat`
 * wherever that does not overflow.
 */
export function saturatingRoundingDoublingHighMul(a: number, b: number): number {
  if (a === int32Min && b === int32Min) return int32Max;
  // a * b = a * high * 2^16 + a * low, each product exact in a double.
  const high = b >> 16;
  const low = b & 0xffff;
  return Math.floor((a * high + Math.floor((a * low + 2 ** 30) / 2 ** 16)) / 2 ** 15);
}

/**
 * round(x / 2^exponent) of an int32, ties away from zero; beyond exponent 31, where gemmlowp is undefined, it goes on.
 * Source: gemmlowp `RoundingDivideByPOT`.
 */
export function roundingDivideByPowerOfTwo(x: number, exponent: number): number {
  const divisor = 2 ** exponent;
  const quotient = Math.floor(x / divisor);
  const remainder = x - quotient * divisor;
  const threshold = Math.floor((divisor - 1) / 2) + (x < 0 ? 1 : 0);
  return quotient + (remainder > threshold ? 1 : 0);
}

/**
 * Scales an int32 accumulator by a quantized multiplier, rounding twice.
 * A left shift wraps as int32 arithmetic does.
 * Source: TFLM `MultiplyByQuantizedMultiplier` (double rounding), CMSIS-NN `arm_nn_requantize`.
 */
export function multiplyByQuantizedMultiplier(
  x: number,
  multiplier: number,
  shift: number,
): number {
  const left = Math.max(shift, 0);
  const right = Math.max(-shift, 0);
  return roundingDivideByPowerOfTwo(
    saturatingRoundingDoublingHighMul(x << left, multiplier),
    right,
  );
}

/** What a rescaled accumulator is moved by, and what it is clamped to. */
export interface OutputRange {
  readonly outputZeroPoint: number;
  readonly min: number;
  readonly max: number;
}

/** What turns an accumulator into an int8 output: scale, add the zero point, clamp to [min, max]. */
export interface OutputStage extends OutputRange {
  /** One a channel. */
  readonly multipliers: Int32Array;
  readonly shifts: Int32Array;
}

/** The int8 output of channel `channel` for an int32 accumulator. */
export function requantize(accumulator: number, channel: number, stage: OutputStage): number {
  const multiplier = stage.multipliers[channel] as number;
  const shift = stage.shifts[channel] as number;
  const scaled = multiplyByQuantizedMultiplier(accumulator | 0, multiplier, shift);
  return Math.min(Math.max((scaled + stage.outputZeroPoint) | 0, stage.min), stage.max);
}
