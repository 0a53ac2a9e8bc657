import { WickError } from '../../errors.ts';
import {
  type Field,
  type ScalarType,
  type Schema,
  scalarBytes,
  type UnionValue,
  type Values,
} from './fields.ts';

/** A file under way: what is left of the bytes that reading it may touch. */
interface Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly where: string;
  allowance: number;
}

/**
 * Tables may point to the same bytes, so that a short file can describe a very long list. Real files share a few names
 * and settings: reading touches fewer bytes than they have.
 */
const allowedBytes = (fileBytes: number) => 4 * fileBytes + 65536;

/**
 * Reads the root table of a FlatBuffer. Every offset, length and count is checked against the file before it is used, and
 * offsets lead forwards only, so that nothing goes round in circles.
 *
 * @param identifier the four characters behind the root's offset
 * @param where the file's name, for errors
 * @throws WickError where a file is none of its kind, or damaged
 */
export function readFlatBuffer<S extends Schema>(
  bytes: Uint8Array,
  schema: S,
  identifier: string,
  where: string,
): Values<S> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const source: Source = { bytes, view, where, allowance: allowedBytes(bytes.length) };
  const found = String.fromCharCode(...bytes.subarray(4, 8));
  if (bytes.length < 8 || found !== identifier) {
    throw new WickError({
      what: 'not a file of this kind',
      where,
      expected: `the identifier ${JSON.stringify(identifier)}`,
      received: bytes.length < 8 ? `${bytes.length} bytes` : JSON.stringify(found),
    });
  }
  return readTable(source, follow(source, 0, 'the root table'), schema, 'the root table');
}

function damaged(source: Source, what: string, expected: string, received: string): WickError {
  return new WickError({
    what: `file is damaged: ${what}`,
    where: source.where,
    expected,
    received,
    hint: 'was it copied as a whole?',
  });
}

/** Throws where `count` bytes at `place` do not lie in the file. */
function checkPlace(source: Source, place: number, count: number, what: string): void {
  if (place >= 0 && place + count <= source.bytes.length) return;
  throw damaged(
    source,
    `${what} lies outside of it`,
    `places up to ${source.bytes.length}`,
    `${count} bytes at ${place}`,
  );
}

function spend(source: Source, bytes: number): void {
  source.allowance -= bytes;
  if (source.allowance >= 0) return;
  throw damaged(
    source,
    'its tables lie upon one another',
    `at most ${allowedBytes(source.bytes.length)} bytes to read`,
    'more',
  );
}

/** Where the offset at `place` leads. */
function follow(source: Source, place: number, what: string): number {
  checkPlace(source, place, 4, what);
  const offset = source.view.getUint32(place, true);
  if (offset < 4) throw damaged(source, `offset of ${what}`, 'at least 4', `${offset}`);
  checkPlace(source, place + offset, 4, what);
  return place + offset;
}

function readScalar({ view }: Source, place: number, type: ScalarType): number {
  switch (type) {
    case 'bool':
    case 'uint8':
      return view.getUint8(place);
    case 'int8':
      return view.getInt8(place);
    case 'int32':
      return view.getInt32(place, true);
    case 'uint32':
      return view.getUint32(place, true);
    case 'float32':
      return view.getFloat32(place, true);
    case 'int64':
      return Number(view.getBigInt64(place, true));
    case 'uint64':
      return Number(view.getBigUint64(place, true));
  }
}

/** Where the elements of a vector start, and how many there are. */
function readVector(
  source: Source,
  place: number,
  elementBytes: number,
  what: string,
): { readonly start: number; readonly count: number } {
  const vector = follow(source, place, what);
  const count = source.view.getUint32(vector, true);
  checkPlace(source, vector + 4, count * elementBytes, what);
  return { start: vector + 4, count };
}

function readTable<S extends Schema>(
  source: Source,
  table: number,
  schema: S,
  what: string,
): Values<S> {
  checkPlace(source, table, 4, what);
  const vtable = table - source.view.getInt32(table, true);
  checkPlace(source, vtable, 4, `the list of fields of ${what}`);
  const vtableBytes = source.view.getUint16(vtable, true);
  const tableBytes = source.view.getUint16(vtable + 2, true);
  checkPlace(source, vtable, Math.max(4, vtableBytes), `the list of fields of ${what}`);
  checkPlace(source, table, tableBytes, what);
  spend(source, 4 + tableBytes);
  /** Where a field lies; undefined where the table leaves it out. */
  const placeOf = (id: number, bytes: number, name: string): number | undefined => {
    const entry = 4 + 2 * id;
    if (entry + 2 > vtableBytes) return undefined;
    const offset = source.view.getUint16(vtable + entry, true);
    if (offset === 0) return undefined;
    if (offset >= 4 && offset + bytes <= tableBytes) return table + offset;
    throw damaged(
      source,
      `${name} lies outside of its table`,
      `offsets from 4 to ${tableBytes - bytes}`,
      `${offset}`,
    );
  };
  const entries = Object.entries(schema).map(
    ([name, field]) => [name, readField(source, field, placeOf, `${name} of ${what}`)] as const,
  );
  return Object.fromEntries(entries) as Values<S>;
}

type PlaceOf = (id: number, bytes: number, name: string) => number | undefined;

function readField(source: Source, field: Field, placeOf: PlaceOf, what: string): unknown {
  if (field.kind === 'scalar') {
    const place = placeOf(field.id, scalarBytes[field.type], what);
    if (place === undefined) return field.absent;
    const value = readScalar(source, place, field.type);
    return field.type === 'bool' ? value !== 0 : value;
  }
  const place = placeOf(field.id, 4, what);
  if (field.kind === 'tables')
    return place === undefined ? [] : readTables(source, place, field.schema, what);
  if (place === undefined) return undefined;
  switch (field.kind) {
    case 'text': {
      const { start, count } = readVector(source, place, 1, what);
      spend(source, count);
      return new TextDecoder().decode(source.bytes.subarray(start, start + count));
    }
    case 'vector': {
      const bytes = scalarBytes[field.type];
      const { start, count } = readVector(source, place, bytes, what);
      spend(source, count * bytes);
      return Array.from({ length: count }, (_, i) =>
        readScalar(source, start + i * bytes, field.type),
      );
    }
    case 'bytes': {
      const { start, count } = readVector(source, place, 1, what);
      return source.bytes.subarray(start, start + count);
    }
    case 'table':
      return readTable(source, follow(source, place, what), field.schema, what);
    case 'union':
      return readUnion(source, field, place, placeOf, what);
  }
}

function readTables(source: Source, place: number, schema: Schema, what: string): unknown[] {
  const { start, count } = readVector(source, place, 4, what);
  spend(source, 4 * count);
  return Array.from({ length: count }, (_, i) => {
    const element = `item ${i} in ${what}`;
    return readTable(source, follow(source, start + 4 * i, element), schema, element);
  });
}

function readUnion(
  source: Source,
  field: Extract<Field, { readonly kind: 'union' }>,
  place: number,
  placeOf: PlaceOf,
  what: string,
): UnionValue | undefined {
  const typePlace = placeOf(field.id - 1, 1, what);
  const type = typePlace === undefined ? 0 : source.view.getUint8(typePlace);
  if (type === 0) return undefined;
  const member = field.members.get(type);
  if (member?.schema === undefined) return { type, name: member?.name ?? `type ${type}` };
  const values = readTable(source, follow(source, place, what), member.schema, what);
  return { type, name: member.name, values };
}
