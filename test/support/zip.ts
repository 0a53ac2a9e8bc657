/** A ZIP archive of one file, whose bytes are packed already by this method (0: stored, 8: deflated). */
export function zipArchive(name: string, packed: Uint8Array, method: number): Uint8Array {
  const bytes = new TextEncoder().encode(name);
  const local = new DataView(new ArrayBuffer(30));
  local.setUint32(0, 0x04034b50, true);
  local.setUint16(8, method, true);
  local.setUint32(18, packed.length, true);
  local.setUint16(26, bytes.length, true);
  const entry = new DataView(new ArrayBuffer(46));
  entry.setUint32(0, 0x02014b50, true);
  entry.setUint16(10, method, true);
  entry.setUint32(20, packed.length, true);
  entry.setUint16(28, bytes.length, true);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, 46 + bytes.length, true);
  end.setUint32(16, 30 + bytes.length + packed.length, true);
  const parts = [local, bytes, packed, entry, bytes, end];
  return Uint8Array.from(
    parts.flatMap((part) => [...new Uint8Array(part.buffer, part.byteOffset, part.byteLength)]),
  );
}
