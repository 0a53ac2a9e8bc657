import { crc32 } from 'node:zlib';

/** Where a part lies in an archive: its bytes as numbers of two or four bytes, little-endian. */
function record(fields: readonly (readonly [value: number, bytes: 2 | 4])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [, bytes]) => sum + bytes, 0)));
  let place = 0;
  for (const [value, bytes] of fields) {
    if (bytes === 2) view.setUint16(place, value, true);
    else view.setUint32(place, value, true);
    place += bytes;
  }
  return new Uint8Array(view.buffer);
}

/** The first day that the format knows. A date of today would make equal models different files. */
const firstDate = 0x21;

/**
 * A ZIP archive of one file, stored as it is, to be put behind a file of `before` bytes. Source: PKWARE APPNOTE.TXT, 4.3.
 */
export function zipBehind(before: number, name: string, contents: Uint8Array): Uint8Array {
  const nameBytes = new TextEncoder().encode(name);
  const common = [
    [20, 2],
    [0, 2],
    [0, 2],
    [0, 2],
    [firstDate, 2],
    [crc32(contents), 4],
    [contents.length, 4],
    [contents.length, 4],
    [nameBytes.length, 2],
    [0, 2],
  ] as const;
  const local = record([[0x04034b50, 4], ...common]);
  const directory = before + local.length + nameBytes.length + contents.length;
  const entry = record([
    [0x02014b50, 4],
    [20, 2],
    ...common,
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 4],
    [before, 4],
  ]);
  const end = record([
    [0x06054b50, 4],
    [0, 2],
    [0, 2],
    [1, 2],
    [1, 2],
    [entry.length + nameBytes.length, 4],
    [directory, 4],
    [0, 2],
  ]);
  const parts = [local, nameBytes, contents, entry, nameBytes, end];
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
