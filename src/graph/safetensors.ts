import * as v from 'valibot';
import { messageOf, WickError } from '../errors.ts';
import { check, strictObject, wholeNumber } from '../schema.ts';
import { byteLength, type DType, formatShape, type TensorData, tensorArrays } from './types.ts';

/** Element types of a safetensors file: it has no int4 (see serialize.ts). */
export type StoredDType = Exclude<DType, 'int4'>;

/** A tensor of a safetensors file: `data` holds the product of `shape` elements, row-major. */
export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** What a safetensors file holds. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The header's key that is no tensor. */
const metadataKey = '__metadata__';

const dtypes = { F32: 'float32', I8: 'int8', I16: 'int16', I32: 'int32' } as const;
const codes = Object.keys(dtypes) as (keyof typeof dtypes)[];

const size = wholeNumber(0);
const entrySchema = strictObject({
  dtype: v.picklist(codes),
  shape: v.array(size),
  data_offsets: v.strictTuple([size, size]),
});
const headerSchema = v.custom<object>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

/** A tensor's place in the data: bytes `begin` to `end`, relative to the header's end. */
interface Place {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/**
 * Reads a safetensors file with tensors of F32, I8, I16 and I32: a little-endian uint64 with the header's length, a JSON
 * header, the data. The tensors must cover the data without gap or overlap.
 * Source: https://github.com/huggingface/safetensors#format.
 *
 * @param where the file's name, for errors
 * @throws WickError where anything in the file is not as the format wants it
 */
export function readSafetensors(bytes: Uint8Array, where: string): Safetensors {
  const { header, data } = splitFile(bytes, where);
  let metadata: ReadonlyMap<string, string> = new Map();
  const places: Place[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === metadataKey) metadata = readMetadata(entry, where);
    else places.push(readPlace(name, entry, where));
  }
  checkCoverage(places, data.length, where);

  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of places) {
    tensors.set(name, { dtype, shape, data: elementsOf(data.subarray(begin, end), dtype) });
  }
  return { tensors, metadata };
}

/**
 * Writes a safetensors file. The same tensors give the same bytes in whatever order the map has them: four-byte
 * elements come before one-byte ones, which keeps every tensor aligned for readers that map the file, and within
 * each the names are sorted. Spaces pad the header to a multiple of eight bytes.
 *
 * @throws WickError where a tensor's data does not fill its shape or has another type, or its name is reserved
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Uint8Array {
  const ordered = [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || compare(nameA, nameB),
  );
  const members: string[] = [];
  if (metadata.size > 0) {
    const sorted = [...metadata].sort(([a], [b]) => compare(a, b));
    members.push(member(metadataKey, `{${sorted.map(([k, s]) => member(k, quote(s))).join(',')}}`));
  }
  let end = 0;
  for (const [name, tensor] of ordered) {
    checkStorable(name, tensor);
    const begin = end;
    end += tensor.data.byteLength;
    const { dtype, shape } = tensor;
    const code = codes.find((each) => dtypes[each] === dtype);
    const entry = { dtype: code, shape, data_offsets: [begin, end] };
    members.push(member(name, JSON.stringify(entry)));
  }

  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerBytes + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, 8, 8 + headerBytes).set(json, 8);
  let offset = 8 + headerBytes;
  for (const [, { data }] of ordered) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

function splitFile(bytes: Uint8Array, where: string): { header: object; data: Uint8Array } {
  if (bytes.length < 8) {
    throw corrupted('no header length', where, 'at least 8 bytes', `${bytes.length}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = view.getBigUint64(0, true);
  const available = bytes.length - 8;
  if (headerBytes > BigInt(available)) {
    throw corrupted('header length', where, `at most ${available} bytes`, `${headerBytes}`);
  }
  const headerEnd = 8 + Number(headerBytes);
  const header = parseHeader(bytes.subarray(8, headerEnd), where);
  return { header, data: bytes.subarray(headerEnd) };
}

function parseHeader(bytes: Uint8Array, where: string): object {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw corrupted(`the header is no JSON (${messageOf(error)})`, where);
  }
  if (v.is(headerSchema, header)) return header;
  throw corrupted('header', where, 'a JSON object');
}

function readMetadata(entry: unknown, where: string): ReadonlyMap<string, string> {
  const isText = (pair: [string, unknown]): pair is [string, string] => typeof pair[1] === 'string';
  const pairs: [string, unknown][] = v.is(headerSchema, entry) ? Object.entries(entry) : [];
  if (!v.is(headerSchema, entry) || !pairs.every(isText)) {
    throw corrupted(metadataKey, where, 'an object of strings');
  }
  return new Map(pairs);
}

function readPlace(name: string, entry: unknown, where: string): Place {
  const checked = check(entrySchema, entry, `${where}, tensor ${quote(name)}`);
  const dtype = dtypes[checked.dtype];
  const { shape } = checked;
  const [begin, end] = checked.data_offsets;
  const bytes = byteLength({ shape, dtype });
  if (end - begin !== bytes) {
    throw corrupted(
      `data_offsets of tensor ${quote(name)}`,
      where,
      `${bytes} bytes for ${formatShape(shape)} ${dtype}`,
      `${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

function checkCoverage(places: readonly Place[], dataBytes: number, where: string): void {
  const inOrder = [...places].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { name, begin, end } of inOrder) {
    if (begin !== covered) {
      const fault = begin < covered ? 'overlaps the one before' : 'leaves a gap before it';
      throw corrupted(`tensor ${quote(name)} ${fault}`, where, `offset ${covered}`, `${begin}`);
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    const fault = dataBytes < covered ? 'truncated data' : 'data that belongs to no tensor';
    throw corrupted(fault, where, `${covered} bytes`, `${dataBytes}`);
  }
}

/** Typed arrays have the host's byte order: little-endian, as in the file, wherever Node and browsers run. */
function elementsOf(bytes: Uint8Array, dtype: StoredDType): TensorData {
  // A copy, as the bytes may lie at an address that the elements cannot have. (A Buffer's slice would be a view.)
  return new tensorArrays[dtype](new Uint8Array(bytes).buffer);
}

function checkStorable(name: string, { dtype, shape, data }: StoredTensor): void {
  const expected = byteLength({ shape, dtype });
  if (data instanceof tensorArrays[dtype] && data.byteLength === expected && name !== metadataKey)
    return;
  throw new WickError({
    what: 'cannot write the tensor as safetensors',
    where: name,
    expected:
      name === metadataKey
        ? 'another name, as this one is reserved'
        : `${expected} bytes of ${dtype} for ${formatShape(shape)}`,
    received: `${data.byteLength} bytes in a ${data.constructor.name}`,
  });
}

function member(key: string, json: string): string {
  return `${quote(key)}:${json}`;
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** By UTF-16 code units: the same order on every host and in every locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function corrupted(what: string, where: string, expected?: string, received?: string): WickError {
  return new WickError({
    what: `corrupted or unsupported safetensors: ${what}`,
    where,
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { received }),
  });
}
