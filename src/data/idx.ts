import { constants, gunzipSync } from 'node:zlib';
import { messageOf, WickError } from '../errors.ts';
import { elementCount, formatShape } from '../graph/types.ts';

/** The element types of IDX, with the arrays that hold them. */
export interface IdxArrays {
  readonly uint8: Uint8Array;
  readonly int8: Int8Array;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}

/** An array of an IDX file: `data` holds the product of `shape` elements, row-major. */
export type Idx = {
  readonly [D in keyof IdxArrays]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: IdxArrays[D];
  };
}[keyof IdxArrays];

/** By dtype: the header's code, the bytes of an element, the array, and what DataView calls the element. */
const elementTypes = {
  uint8: { code: 0x08, bytes: 1, Array: Uint8Array, element: 'Uint8' },
  int8: { code: 0x09, bytes: 1, Array: Int8Array, element: 'Int8' },
  int16: { code: 0x0b, bytes: 2, Array: Int16Array, element: 'Int16' },
  int32: { code: 0x0c, bytes: 4, Array: Int32Array, element: 'Int32' },
  float32: { code: 0x0d, bytes: 4, Array: Float32Array, element: 'Float32' },
  float64: { code: 0x0e, bytes: 8, Array: Float64Array, element: 'Float64' },
} as const;

/** What a compressed file may hold at most: a few kilobytes of gzip can claim terabytes. */
const largestUnpackedBytes = 2 ** 30;

/** More than a gzip header and the longest IDX header (1024 bytes) take, however badly they compress. */
const packedHeaderBytes = 4096;

/**
 * Reads an IDX file, the format of MNIST: two zero bytes, a type code, the rank, one big-endian uint32 for each
 * extent, then the elements, big-endian. A gzip file is unpacked first, up to 1 GiB.
 * Source: "The IDX file format" in http://yann.lecun.com/exdb/mnist/.
 *
 * @param where the file's name, for errors
 * @throws WickError where the bytes are not exactly one IDX array
 */
export function readIdx(bytes: Uint8Array, where: string): Idx {
  // A packed file's header says how far to unpack, so that a small file cannot fill the memory.
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const header = readHeader(packed ? unpackStart(bytes, where) : bytes, where);
  const file = packed ? unpack(bytes, header, where) : bytes;

  const { dtype, shape, headerBytes, totalBytes } = header;
  expectBytes(file, totalBytes, where);
  if (file.length > totalBytes) throw trailingBytes(header, `${file.length}`, where);

  const { bytes: size, Array: TypedArray, element } = elementTypes[dtype];
  const data = new TypedArray(elementCount(shape));
  if (size === 1) {
    new Uint8Array(data.buffer).set(file.subarray(headerBytes));
  } else {
    const view = viewOf(file);
    for (let i = 0; i < data.length; i++) data[i] = view[`get${element}`](headerBytes + i * size);
  }
  return { dtype, shape, data } as Idx;
}

/**
 * Writes an array as an IDX file, the inverse of {@link readIdx} (never compressed).
 *
 * @throws WickError where the data does not fill the shape, or the shape does not fit the header
 */
export function writeIdx({ dtype, shape, data }: Idx): Uint8Array {
  const { code, bytes: size, element } = elementTypes[dtype];
  const isExtent = (extent: number) => Number.isInteger(extent) && extent >= 0 && extent < 2 ** 32;
  if (shape.length > 255 || !shape.every(isExtent)) {
    throw new WickError({
      what: 'cannot write the shape as IDX',
      expected: 'at most 255 extents below 2^32',
      received: formatShape(shape),
    });
  }
  if (data.length !== elementCount(shape)) {
    throw new WickError({
      what: 'cannot write as IDX',
      expected: `${elementCount(shape)} elements for ${formatShape(shape)}`,
      received: `${data.length}`,
    });
  }
  const headerBytes = 4 + 4 * shape.length;
  const file = new Uint8Array(headerBytes + data.length * size);
  const view = viewOf(file);
  view.setUint8(2, code);
  view.setUint8(3, shape.length);
  for (const [axis, extent] of shape.entries()) view.setUint32(4 + 4 * axis, extent);
  for (const [i, value] of data.entries()) view[`set${element}`](headerBytes + i * size, value);
  return file;
}

interface Header {
  readonly dtype: Idx['dtype'];
  readonly shape: readonly number[];
  readonly headerBytes: number;
  /** Header and elements. */
  readonly totalBytes: number;
}

function readHeader(file: Uint8Array, where: string): Header {
  const view = viewOf(file);
  expectBytes(file, 4, where);
  if (view.getUint16(0) !== 0) {
    throw new WickError({
      what: 'not an IDX file',
      where,
      expected: 'a file that starts with two zero bytes, or gzip',
      received: hex(file.subarray(0, 4)),
    });
  }
  const dtype = dtypeOf(view.getUint8(2), where);
  const rank = view.getUint8(3);
  const headerBytes = 4 + 4 * rank;
  expectBytes(file, headerBytes, where);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const totalBytes = headerBytes + elementCount(shape) * elementTypes[dtype].bytes;
  if (!Number.isSafeInteger(totalBytes)) {
    throw new WickError({ what: 'the dimensions overflow', where, received: formatShape(shape) });
  }
  return { dtype, shape, headerBytes, totalBytes };
}

/** The first bytes inside a gzip file, enough for the header. */
function unpackStart(bytes: Uint8Array, where: string): Uint8Array {
  try {
    return gunzipSync(bytes.subarray(0, packedHeaderBytes), {
      finishFlush: constants.Z_SYNC_FLUSH,
    });
  } catch (error) {
    throw corruptedGzip(error, where);
  }
}

function unpack(bytes: Uint8Array, header: Header, where: string): Uint8Array {
  if (header.totalBytes > largestUnpackedBytes) {
    throw new WickError({
      what: 'the unpacked file is too large',
      where,
      expected: `at most ${largestUnpackedBytes} bytes`,
      received: `${header.totalBytes} for ${formatShape(header.shape)} ${header.dtype}`,
      hint: 'unpack it with gunzip',
    });
  }
  try {
    return gunzipSync(bytes, { maxOutputLength: header.totalBytes });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') {
      throw trailingBytes(header, 'more', where);
    }
    throw corruptedGzip(error, where);
  }
}

function corruptedGzip(error: unknown, where: string): WickError {
  return new WickError({ what: `corrupted gzip: ${messageOf(error)}`, where });
}

function dtypeOf(code: number, where: string): Idx['dtype'] {
  for (const [dtype, type] of Object.entries(elementTypes)) {
    if (type.code === code) return dtype as Idx['dtype'];
  }
  const known = Object.entries(elementTypes).map(
    ([dtype, { code }]) => `0x0${code.toString(16)} ${dtype}`,
  );
  throw new WickError({
    what: 'unknown IDX element type',
    where,
    expected: known.join(', '),
    received: `0x${code.toString(16).padStart(2, '0')}`,
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function expectBytes(file: Uint8Array, bytes: number, where: string): void {
  if (file.length >= bytes) return;
  throw new WickError({
    what: 'truncated IDX file',
    where,
    expected: `at least ${bytes} bytes`,
    received: `${file.length}`,
  });
}

function trailingBytes(header: Header, received: string, where: string): WickError {
  return new WickError({
    what: 'trailing bytes after the elements',
    where,
    expected: `${header.totalBytes} bytes for ${formatShape(header.shape)} ${header.dtype}`,
    received,
  });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
