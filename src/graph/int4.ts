/** The values of four bits in two's complement, from the least to the most. */
export const int4Range = [-8, 7] as const;

/** The index of the first value that is no int4, -1 where all are. */
export function findBeyondInt4(values: Int8Array): number {
  const [least, most] = int4Range;
  return values.findIndex((value) => value < least || value > most);
}

/**
 * Packs int4 values two a byte, the earlier one in the low nibble; with an odd count the last high nibble is 0.
 * Source: TFLite `PackInt8IntoDenseInt4`, the layout of int4 constants in .tflite.
 *
 * @param values each from -8 to 7, of which the low four bits are kept
 */
export function packInt4(values: Int8Array): Int8Array {
  const packed = new Int8Array(Math.ceil(values.length / 2));
  for (let i = 0; i < packed.length; i++) {
    packed[i] = ((values[2 * i] as number) & 15) | ((values[2 * i + 1] ?? 0) << 4);
  }
  return packed;
}

/** The first `count` int4 values of bytes that {@link packInt4} gives. Source: TFLite `UnpackDenseInt4IntoInt8`. */
export function unpackInt4(packed: Int8Array, count: number): Int8Array {
  return Int8Array.from({ length: count }, (_, i) => {
    const byte = packed[i >> 1] as number;
    return i % 2 === 0 ? (byte << 28) >> 28 : byte >> 4;
  });
}
