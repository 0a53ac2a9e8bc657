import { deflateSync } from 'node:zlib';
import { pngSignature } from '../../src/data/png-chunks.ts';

/** CRC-32 as PNG wants it, over a chunk's type and data. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** A chunk with its length and its checksum. */
export function chunk(name: string, contents: Iterable<number>): Buffer {
  const body = Uint8Array.from([...Buffer.from(name), ...contents]);
  const bytes = Buffer.alloc(body.length + 8);
  bytes.writeUInt32BE(body.length - 4, 0);
  bytes.set(body, 4);
  bytes.writeUInt32BE(crc32(body), body.length + 4);
  return bytes;
}

/** A PNG from its parts: what the encoder of the library cannot write. */
export function png(
  [width, height]: [number, number],
  { depth, type, interlace = 0 }: { depth: number; type: number; interlace?: number },
  rows: number[][],
  chunks: [string, number[]][] = [],
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, type, 0, 0, interlace], 8);
  const data = deflateSync(Uint8Array.from(rows.flatMap((row) => [0, ...row])));
  const all: [string, Iterable<number>][] = [
    ['IHDR', header],
    ...chunks,
    ['IDAT', data],
    ['IEND', []],
  ];
  const parts = all.map(([name, contents]) => chunk(name, contents));
  return Uint8Array.from(Buffer.concat([pngSignature, ...parts]));
}
