/** The numbers of what a device can be asked for, see docs/protocol.md (`enum command` of firmware/app/protocol.h). */
export const commands = {
  identify: 1,
  port: 2,
  write: 3,
  infer: 4,
  read: 5,
  runLayer: 6,
  statistics: 7,
  selfTest: 8,
  load: 9,
  reset: 10,
} as const;

/** Little-endian bytes of numbers, each of one, two or four bytes. */
export function pack(
  ...values: readonly (readonly [bytes: 1 | 2 | 4, value: number])[]
): Uint8Array {
  return Uint8Array.from(
    values.flatMap(([bytes, value]) =>
      Array.from({ length: bytes }, (_, index) => (value >>> (8 * index)) & 0xff),
    ),
  );
}

/** Reads one value after another. */
export interface Reader {
  u8(): number;
  u16(): number;
  u32(): number;
  /** The bytes in hexadecimal. */
  hex(count: number): string;
  /** Text with its length before it. */
  text(): string;
}

/** Reads little-endian values from bytes; `fail` says what is thrown where they end too soon. */
export function createReader(bytes: Uint8Array, fail: () => Error): Reader {
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (at + count > bytes.length) throw fail();
    at += count;
    return bytes.subarray(at - count, at);
  };
  const number = (count: number) => take(count).reduceRight((value, byte) => value * 256 + byte, 0);
  return {
    u8: () => number(1),
    u16: () => number(2),
    u32: () => number(4),
    hex: (count) => Buffer.from(take(count)).toString('hex'),
    // A name that was cut off may end within a character; and a terminal would obey what controls it.
    text: () => new TextDecoder().decode(take(number(1))).replace(/\p{Cc}/gu, '\ufffd'),
  };
}
