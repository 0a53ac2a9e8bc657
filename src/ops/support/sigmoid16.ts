// Logistic and hyperbolic tangent of int16: Q3.12 (12 bits behind the point) to Q0.15, interpolated in a table.

const entries = 256;

/**
 * The logistic function at i / 24 in Q0.16. Each value is moved by half of the greatest distance between the function and
 * its chord over 1 / 24, so that interpolation errs as much to either side; the last one is rounded up.
 * Equal to TFLite's and CMSIS-NN's `sigmoid_table_uint16`.
 */
export const logisticTable: Uint16Array = Uint16Array.from({ length: entries }, (_, i) => {
  if (i === entries - 1) return 2 ** 16 - 1;
  const value = 1 / (1 + Math.exp(-i / 24));
  const curvature = value * (1 - value) * (1 - 2 * value);
  return Math.round(2 ** 16 * (value - curvature / 24 ** 2 / 16));
});

/** The table as kernels read it: an int32 an entry, the value and above its 16 bits the distance to the next one. */
export function packLogisticTable(): Uint8Array {
  const packed = Int32Array.from({ length: entries - 1 }, (_, i) => {
    const [value, next] = [logisticTable[i] as number, logisticTable[i + 1] as number];
    return value + (next - value) * 2 ** 16;
  });
  return new Uint8Array(packed.buffer);
}

/** The table at magnitude / 2^bits, with so many bits more than Q0.16; `saturated` behind its end. */
function interpolate(magnitude: number, bits: number, saturated: number): number {
  const index = magnitude >> bits;
  if (index >= entries - 1) return saturated;
  const value = logisticTable[index] as number;
  const rest = magnitude & (2 ** bits - 1);
  return value * 2 ** bits + rest * ((logisticTable[index + 1] as number) - value);
}

/** 1 / (1 + exp(-x)). Source: TFLite `reference_integer_ops::Logistic` for int16; CMSIS-NN `arm_nn_activation_s16`. */
export function logistic16(x: number): number {
  const value = interpolate(Math.abs(3 * x), 9, 0x7fff * 2 ** 10);
  return (x >= 0 ? value + 2 ** 9 : 2 ** 25 - value + 2 ** 9 - 1) >> 10;
}

/**
 * tanh(x * 2^shift) = 2 / (1 + exp(-2 * x * 2^shift)) - 1, for a shift of -31 to 12. Source: TFLite
 * `reference_integer_ops::Tanh` for int16; CMSIS-NN `arm_nn_activation_s16`.
 */
export function tanh16(x: number, shift: number): number {
  const scaled = shift >= 0 ? 3 * x * 2 ** shift : Math.floor(3 * x * 2 ** shift + 0.5);
  const value = interpolate(Math.abs(scaled), 8, 0xffff * 2 ** 8);
  return (scaled >= 0 ? value - 2 ** 23 + 2 ** 7 : 2 ** 23 - value + 2 ** 7 - 1) >> 8;
}
