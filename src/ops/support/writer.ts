/** Writes int32 and int8 values one after another, little-endian. */
export interface Writer {
  int8(value: number): void;
  int32(value: number): void;
  align(bytes: number): void;
  finish(): Uint8Array;
}

/** An empty writer. */
export function createWriter(): Writer {
  let buffer = new DataView(new ArrayBuffer(1024));
  let length = 0;
  const reserve = (bytes: number): number => {
    const at = length;
    length += bytes;
    if (length > buffer.byteLength) {
      const grown = new Uint8Array(2 * length);
      grown.set(new Uint8Array(buffer.buffer));
      buffer = new DataView(grown.buffer);
    }
    return at;
  };
  return {
    // The place is reserved first: that may replace the buffer.
    int8(value) {
      const at = reserve(1);
      buffer.setInt8(at, value);
    },
    int32(value) {
      const at = reserve(4);
      buffer.setInt32(at, value, true);
    },
    align: (bytes) => {
      reserve((bytes - (length % bytes)) % bytes);
    },
    finish: () => new Uint8Array(buffer.buffer.slice(0, length)),
  };
}
