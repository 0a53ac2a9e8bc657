import { Builder } from 'flatbuffers';
import {
  type Field,
  type ScalarType,
  type Schema,
  scalarBytes,
} from '../../import/tflite/fields.ts';

/** The values of a table to write: what is undefined, or as a reader takes it where it is absent, is left out. */
export type WrittenValues = Readonly<Record<string, unknown>>;

/** What a union holds: the number of its member, and that one's values. */
interface WrittenUnion {
  readonly type: number;
  readonly values?: WrittenValues | undefined;
}

/** Bytes are aligned so that a reader may use them where they lie. */
const bytesAlignment = 16;

/** The FlatBuffer whose root table has these values: what `readFlatBuffer` reads back. */
export function writeFlatBuffer(
  schema: Schema,
  values: WrittenValues,
  identifier: string,
): Uint8Array {
  const builder = new Builder(1024);
  builder.finish(writeTable(builder, schema, values), identifier);
  return builder.asUint8Array();
}

/** A table's fields by their numbers; a union's type has the number before its own. */
function slotsOf(schema: Schema): number {
  return Math.max(0, ...Object.values(schema).map(({ id }) => id + 1));
}

function writeTable(builder: Builder, schema: Schema, values: WrittenValues): number {
  const entries = Object.entries(schema).map(([name, field]) => ({ field, value: values[name] }));
  // What a table points to is written before it.
  const places = entries.map(({ field, value }) =>
    value === undefined ? 0 : writeReferenced(builder, field, value),
  );
  builder.startObject(slotsOf(schema));
  entries.forEach(({ field, value }, i) => {
    if (value === undefined) return;
    if (field.kind === 'scalar') {
      addScalar(builder, field.id, field.type, value as number, field.absent as number);
      return;
    }
    if (field.kind === 'union') builder.addFieldInt8(field.id - 1, (value as WrittenUnion).type, 0);
    builder.addFieldOffset(field.id, places[i] as number, 0);
  });
  return builder.endObject();
}

function addScalar(
  builder: Builder,
  id: number,
  type: ScalarType,
  value: number | boolean,
  absent: number | boolean,
): void {
  const [number, standard] = [Number(value), Number(absent)];
  if (type === 'float32') builder.addFieldFloat32(id, number, standard);
  else if (scalarBytes[type] === 8) builder.addFieldInt64(id, BigInt(number), BigInt(standard));
  else if (scalarBytes[type] === 4) builder.addFieldInt32(id, number, standard);
  else builder.addFieldInt8(id, number, standard);
}

/** Writes what a field points to and returns its place; 0 for a scalar, which lies in the table itself. */
function writeReferenced(builder: Builder, field: Field, value: unknown): number {
  switch (field.kind) {
    case 'scalar':
      return 0;
    case 'text':
      return builder.createString(value as string);
    case 'vector':
      return writeVector(builder, field.type, value as readonly number[]);
    case 'bytes':
      return writeBytes(builder, value as Uint8Array);
    case 'table':
      return writeTable(builder, field.schema, value as WrittenValues);
    case 'tables': {
      const tables = (value as readonly WrittenValues[]).map((table) =>
        writeTable(builder, field.schema, table),
      );
      builder.startVector(4, tables.length, 4);
      for (const table of tables.toReversed()) builder.addOffset(table);
      return builder.endVector();
    }
    case 'union': {
      const { type, values = {} } = value as WrittenUnion;
      return writeTable(builder, field.members.get(type)?.schema ?? {}, values);
    }
  }
}

function writeVector(builder: Builder, type: ScalarType, values: readonly number[]): number {
  const bytes = scalarBytes[type];
  builder.startVector(bytes, values.length, bytes);
  // A FlatBuffer is built from its end.
  for (const value of values.toReversed()) {
    if (type === 'float32') builder.addFloat32(value);
    else if (bytes === 8) builder.addInt64(BigInt(value));
    else if (bytes === 4) builder.addInt32(value);
    else builder.addInt8(value);
  }
  return builder.endVector();
}

function writeBytes(builder: Builder, bytes: Uint8Array): number {
  builder.startVector(1, bytes.length, bytesAlignment);
  for (const byte of bytes.toReversed()) builder.addInt8(byte);
  return builder.endVector();
}
