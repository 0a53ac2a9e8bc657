import { inflateRawSync } from 'node:zlib';
import { messageOf, WickError } from '../../errors.ts';

const endSignature = 0x06054b50;
const endBytes = 22;
const entrySignature = 0x02014b50;
const entryBytes = 46;
const localBytes = 30;
/** What a text file may come to, packed or not, in bytes. */
export const maxZippedBytes = 2 ** 20;

/**
 * A file of the ZIP archive at the end of a file, unpacked; undefined where there is no archive or no such file in it.
 * Source: PKWARE APPNOTE.TXT, 4.3.
 *
 * @throws WickError where the archive is damaged, or the file is packed in an uncommon way or larger than a MiB
 */
export function readZipped(bytes: Uint8Array, name: string, where: string): Uint8Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = findEnd(bytes, view);
  if (end === undefined) return undefined;
  const check = (place: number, count: number): void => {
    if (place >= 0 && place + count <= bytes.length) return;
    throw new WickError({
      what: 'the archive at the end of the file is damaged',
      where,
      expected: `places up to ${bytes.length}`,
      received: `${count} bytes at ${place}`,
    });
  };
  const directory = end - view.getUint32(end + 12, true);
  // Offsets count from where the archive starts, or from where the whole file does.
  const base = directory - view.getUint32(end + 16, true);
  let entry = directory;
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    check(entry, entryBytes);
    if (view.getUint32(entry, true) !== entrySignature) return undefined;
    const nameBytes = view.getUint16(entry + 28, true);
    check(entry + entryBytes, nameBytes);
    const start = entry + entryBytes;
    if (new TextDecoder().decode(bytes.subarray(start, start + nameBytes)) === name) {
      const packedBytes = view.getUint32(entry + 20, true);
      const local = base + view.getUint32(entry + 42, true);
      check(local, localBytes);
      const skipped = view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      const data = local + localBytes + skipped;
      check(data, packedBytes);
      const packed = bytes.subarray(data, data + packedBytes);
      return unpack(packed, view.getUint16(entry + 10, true), `${where}, ${name}`);
    }
    entry = start + nameBytes + view.getUint16(entry + 30, true) + view.getUint16(entry + 32, true);
  }
  return undefined;
}

/** Where the archive's last record lies; a comment of up to 64 KiB may follow it. */
function findEnd(bytes: Uint8Array, view: DataView): number | undefined {
  const last = bytes.length - endBytes;
  for (let place = last; place >= Math.max(0, last - 65535); place--) {
    if (view.getUint32(place, true) === endSignature) return place;
  }
  return undefined;
}

function unpack(packed: Uint8Array, method: number, where: string): Uint8Array {
  const tooLarge = () =>
    new WickError({
      what: 'file in the archive is too large',
      where,
      expected: `at most ${maxZippedBytes} bytes`,
    });
  if (method === 0) {
    if (packed.length > maxZippedBytes) throw tooLarge();
    return packed;
  }
  try {
    if (method === 8) return inflateRawSync(packed, { maxOutputLength: maxZippedBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new WickError({ what: 'packed file is damaged', where, received: messageOf(error) });
  }
  throw new WickError({
    what: 'file is packed in a way that is not supported',
    where,
    expected: 'method 0 (stored) or 8 (deflated)',
    received: `${method}`,
  });
}
