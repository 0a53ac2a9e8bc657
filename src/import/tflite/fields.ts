// How the tables of a FlatBuffer are described: a field's number, its type, and what it is where a table leaves it out.

/** The scalars that tables and vectors hold, and their bytes. */
export const scalarBytes = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int32: 4,
  uint32: 4,
  float32: 4,
  int64: 8,
  uint64: 8,
} as const;

/** A scalar type. Values of 64 bits are read as numbers, exact up to 2^53. */
export type ScalarType = keyof typeof scalarBytes;

export interface ScalarField<V extends number | boolean = number | boolean> {
  readonly kind: 'scalar';
  readonly id: number;
  readonly type: ScalarType;
  readonly absent: V;
}

export interface TextField {
  readonly kind: 'text';
  readonly id: number;
}

/** A vector of scalars, read as numbers. */
export interface VectorField {
  readonly kind: 'vector';
  readonly id: number;
  readonly type: ScalarType;
}

/** A vector of bytes, read as a view of the file. */
export interface BytesField {
  readonly kind: 'bytes';
  readonly id: number;
}

export interface TableField<S extends Schema = Schema> {
  readonly kind: 'table';
  readonly id: number;
  readonly schema: S;
}

/** A vector of tables. */
export interface TablesField<S extends Schema = Schema> {
  readonly kind: 'tables';
  readonly id: number;
  readonly schema: S;
}

/** A table of a type that the field before says: its members by that number. */
export interface UnionField {
  readonly kind: 'union';
  readonly id: number;
  readonly members: ReadonlyMap<number, UnionMember>;
}

/** A table that a union may hold; without a schema it is known by name only. */
export interface UnionMember {
  readonly name: string;
  readonly schema?: Schema;
}

/** A field of a table. */
export type Field =
  | ScalarField
  | TextField
  | VectorField
  | BytesField
  | TableField
  | TablesField
  | UnionField;

/** The fields of a table that are read, by our names for them. */
export interface Schema {
  readonly [name: string]: Field;
}

/** What a union holds: the number and name of its member, and the member's values where its schema is known. */
export interface UnionValue {
  readonly type: number;
  readonly name: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

type FieldValue<F> =
  F extends ScalarField<infer V>
    ? V extends boolean
      ? boolean
      : number
    : F extends TextField
      ? string | undefined
      : F extends VectorField
        ? readonly number[] | undefined
        : F extends BytesField
          ? Uint8Array | undefined
          : F extends TableField<infer S>
            ? Values<S> | undefined
            : F extends TablesField<infer S>
              ? readonly Values<S>[]
              : F extends UnionField
                ? UnionValue | undefined
                : never;

/** The values of a table. */
export type Values<S extends Schema> = { readonly [K in keyof S]: FieldValue<S[K]> };

/** The constructors of fields, each with the field's number first. */
export const field = {
  bool: (id: number, absent = false): ScalarField<boolean> => ({
    kind: 'scalar',
    id,
    type: 'bool',
    absent,
  }),
  scalar: (id: number, type: Exclude<ScalarType, 'bool'>, absent = 0): ScalarField<number> => ({
    kind: 'scalar',
    id,
    type,
    absent,
  }),
  text: (id: number): TextField => ({ kind: 'text', id }),
  vector: (id: number, type: Exclude<ScalarType, 'bool'>): VectorField => ({
    kind: 'vector',
    id,
    type,
  }),
  bytes: (id: number): BytesField => ({ kind: 'bytes', id }),
  table: <S extends Schema>(id: number, schema: S): TableField<S> => ({
    kind: 'table',
    id,
    schema,
  }),
  tables: <S extends Schema>(id: number, schema: S): TablesField<S> => ({
    kind: 'tables',
    id,
    schema,
  }),
  union: (id: number, members: ReadonlyMap<number, UnionMember>): UnionField => ({
    kind: 'union',
    id,
    members,
  }),
} as const;
