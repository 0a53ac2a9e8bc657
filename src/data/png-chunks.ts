import { inflateSync } from 'node:zlib';
import { messageOf, WickError } from '../errors.ts';

/** The bytes with which every PNG begins. */
export const pngSignature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** A chunk: `bytes` is all of it (length, type, content, checksum), `content` the part that its length counts. */
interface Chunk {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
}

/** What the first chunk of a PNG says. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a sample. */
  readonly depth: number;
  readonly colourType: number;
  readonly interlaced: boolean;
}

/** The colour type of an image whose pixels are indices into a palette. */
export const indexedColour = 3;

/** Samples of a pixel, by colour type. */
const samplesPerPixel: ReadonlyMap<number, number> = new Map([
  [0, 1],
  [2, 3],
  [indexedColour, 1],
  [4, 2],
  [6, 4],
]);

const depths: ReadonlySet<number> = new Set([1, 2, 4, 8, 16]);

/** The chunks that decide what the pixels are. All others are left out: some can claim any amount of memory. */
const decisive: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);

/** The passes of Adam7: where each begins, and its steps, as [x, y, dx, dy]. */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** The error for a PNG that is damaged. */
export function corruptedPng(fault: string, where: string): WickError {
  return new WickError({
    what: `corrupted PNG: ${fault}`,
    where,
    hint: 'save or copy the image again',
  });
}

/**
 * Takes a PNG apart into the chunks that decide its pixels, in their order, up to its end. Throws a WickError where the
 * file is no PNG, begins with another chunk than the only header, or is cut off.
 */
export function readChunks(file: Uint8Array, where: string): readonly Chunk[] {
  if (!pngSignature.every((byte, index) => file[index] === byte)) {
    throw new WickError({
      what: 'not a PNG file',
      where,
      expected: `a file that begins with ${hex(pngSignature)}`,
      received: file.length === 0 ? 'an empty file' : hex(file.subarray(0, pngSignature.length)),
      hint: 'convert the image to PNG',
    });
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const chunks: Chunk[] = [];
  let offset = pngSignature.length;
  while (chunks.at(-1)?.type !== 'IEND') {
    const content = offset + 8;
    const end = content <= file.length ? content + view.getUint32(offset) + 4 : Infinity;
    if (end > file.length) throw corruptedPng('it is cut off', where);
    const type = String.fromCharCode(...file.subarray(offset + 4, content));
    if ((type === 'IHDR') !== (offset === pngSignature.length)) {
      throw corruptedPng('its header is not its first chunk, or not the only one', where);
    }
    if (decisive.has(type)) {
      const bytes = file.subarray(offset, end);
      chunks.push({ type, bytes, content: file.subarray(content, end - 4) });
    }
    offset = end;
  }
  return chunks;
}

/** The header of a PNG. Throws a WickError where it says what the format does not know. */
export function readHeader([header]: readonly Chunk[], where: string): PngHeader {
  const content = header?.content ?? new Uint8Array(0);
  if (content.length !== 13) throw corruptedPng(`a header of ${content.length} bytes`, where);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [depth, colourType, interlace] = [8, 9, 12].map((offset) => view.getUint8(offset)) as [
    number,
    number,
    number,
  ];
  if (!samplesPerPixel.has(colourType) || !depths.has(depth) || interlace > 1) {
    throw corruptedPng(
      `colour type ${colourType} with ${depth} bits, interlace method ${interlace}`,
      where,
    );
  }
  return {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth,
    colourType,
    interlaced: interlace === 1,
  };
}

/**
 * Checks that the chunks hold all the pixel data that the header announces, and no more, without unpacking more than
 * that. Throws a WickError where they do not.
 */
export function checkPixelData(chunks: readonly Chunk[], header: PngHeader, where: string): void {
  const packed = Buffer.concat(
    chunks.filter(({ type }) => type === 'IDAT').map(({ content }) => content),
  );
  const expected = unpackedBytes(header);
  const received = inflate(packed, expected, where).length;
  if (received === expected) return;
  throw corruptedPng(`${received} bytes of pixel data where ${expected} are needed`, where);
}

function inflate(packed: Uint8Array, most: number, where: string): Uint8Array {
  try {
    return inflateSync(packed, { maxOutputLength: most });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw corruptedPng(`more than the ${most} bytes of pixel data that are needed`, where);
    }
    throw corruptedPng(`pixel data cannot be unpacked (${messageOf(error)})`, where);
  }
}

/** The bytes of the rows of all passes, each row with the byte that names its filter. */
function unpackedBytes(header: PngHeader): number {
  const bitsPerPixel = header.depth * (samplesPerPixel.get(header.colourType) ?? 0);
  const passes = header.interlaced ? adam7 : ([[0, 0, 1, 1]] as const);
  return passes.reduce((sum, [x, y, dx, dy]) => {
    const width = Math.ceil(Math.max(0, header.width - x) / dx);
    const height = Math.ceil(Math.max(0, header.height - y) / dy);
    return sum + (width === 0 ? 0 : height * (1 + Math.ceil((width * bitsPerPixel) / 8)));
  }, 0);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
