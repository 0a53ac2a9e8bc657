import { WickError } from '../errors.ts';

/** One section of a Wasm module: its id, its content, and for custom sections its name. */
export interface Section {
  readonly id: number;
  readonly name?: string;
  /** The content; for a custom section, what follows its name. */
  readonly content: Uint8Array;
  /** The bytes that the section takes in the module, header included. */
  readonly totalBytes: number;
}

/** Bytes of a page of WebAssembly memory. */
export const pageBytes = 65536;

const dataSection = 11;

/** Splits a Wasm module into its sections. Throws a WickError on anything that is not a whole module. */
export function readSections(bytes: Uint8Array, where: string): readonly Section[] {
  const fail = (received: string): never => {
    throw new WickError({
      what: 'not a valid WebAssembly module',
      where,
      expected: 'a .wasm file of version 1',
      received,
    });
  };
  const magic = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  if (magic.some((byte, index) => bytes[index] !== byte)) fail('another header');
  let position = magic.length;
  const leb128 = (end: number): number => {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (position >= end) fail(`${bytes.length} bytes, cut off in a length`);
      const byte = bytes[position++] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return fail('a length that is too long');
  };
  const sections: Section[] = [];
  while (position < bytes.length) {
    const start = position;
    const id = bytes[position++] as number;
    const length = leb128(bytes.length);
    const end = position + length;
    if (end > bytes.length) fail(`${bytes.length} bytes, cut off in section ${id}`);
    let name: string | undefined;
    if (id === 0) {
      const nameLength = leb128(end);
      if (position + nameLength > end) fail('a section name longer than its section');
      name = new TextDecoder().decode(bytes.subarray(position, position + nameLength));
      position += nameLength;
    }
    sections.push({
      id,
      ...(name === undefined ? {} : { name }),
      content: bytes.subarray(position, end),
      totalBytes: end - start,
    });
    position = end;
  }
  return sections;
}

/** The bytes of a module without its data segments: code, plan and description. */
export function bytesWithoutData(bytes: Uint8Array, where: string): number {
  return readSections(bytes, where)
    .filter(({ id }) => id === dataSection)
    .reduce((rest, { totalBytes }) => rest - totalBytes, bytes.length);
}
