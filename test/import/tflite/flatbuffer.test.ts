import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { writeFlatBuffer } from '../../../src/export/tflite/flatbuffer.ts';
import { field, type Schema, type Values } from '../../../src/import/tflite/fields.ts';
import { readFlatBuffer } from '../../../src/import/tflite/flatbuffer.ts';
import { propertyRuns } from '../../support/oracle.ts';
import { thrownMessage } from '../../support/thrown.ts';

const { bool, bytes, scalar, table, tables, text, union, vector } = field;

const inner = { value: scalar(1, 'int32', 7), name: text(0) };

const schema = {
  flag: bool(0, true),
  small: scalar(1, 'int8', -1),
  large: scalar(2, 'int64'),
  real: scalar(3, 'float32'),
  title: text(5),
  list: vector(6, 'int32'),
  scales: vector(7, 'float32'),
  longs: vector(8, 'int64'),
  blob: bytes(9),
  one: table(10, inner),
  many: tables(11, inner),
  choice: union(
    13,
    new Map([
      [1, { name: 'inner', schema: inner as Schema }],
      [2, { name: 'unknown' }],
    ]),
  ),
} as const;

const roundTrip = (values: Readonly<Record<string, unknown>>): Values<typeof schema> =>
  readFlatBuffer(writeFlatBuffer(schema, values, 'TEST'), schema, 'TEST', 'a file');

describe('a FlatBuffer', () => {
  it('holds what was written', () => {
    const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const innerValues = fc.record({ value: int32, name: fc.string({ unit: 'grapheme' }) });
    const values = fc.record({
      flag: fc.boolean(),
      small: fc.integer({ min: -128, max: 127 }),
      large: fc.maxSafeInteger(),
      real: fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
      title: fc.string({ unit: 'grapheme' }),
      list: fc.array(int32),
      scales: fc.array(fc.float({ noNaN: true })),
      longs: fc.array(fc.maxSafeInteger()),
      blob: fc.uint8Array(),
      one: innerValues,
      many: fc.array(innerValues),
      choice: innerValues.map((inside) => ({ type: 1, name: 'inner', values: inside })),
    });
    fc.assert(
      fc.property(values, (written) => {
        expect(roundTrip(written)).toEqual(written);
      }),
      { numRuns: propertyRuns },
    );
  });

  it('has the default of what it leaves out', () => {
    expect(roundTrip({})).toEqual({
      flag: true,
      small: -1,
      large: 0,
      real: 0,
      title: undefined,
      list: undefined,
      scales: undefined,
      longs: undefined,
      blob: undefined,
      one: undefined,
      many: [],
      choice: undefined,
    });
    expect(roundTrip({ one: {} }).one).toEqual({ value: 7, name: undefined });
  });

  it('names a member of a union that is not known', () => {
    expect(roundTrip({ choice: { type: 2 } }).choice).toEqual({ type: 2, name: 'unknown' });
    expect(roundTrip({ choice: { type: 9 } }).choice).toEqual({ type: 9, name: 'type 9' });
  });
});

describe('a damaged FlatBuffer', () => {
  /** The root's offset, an identifier, and a table of one field whose place and contents the test says. */
  const file = (fieldOffset: number, ...words: readonly number[]): Uint8Array => {
    const contents = new DataView(new ArrayBuffer(24 + 4 * words.length));
    contents.setUint32(0, 16, true);
    'TEST'.split('').forEach((letter, i) => {
      contents.setUint8(4 + i, letter.charCodeAt(0));
    });
    // The list of fields: its bytes, the table's, the place of field 0.
    contents.setUint16(8, 6, true);
    contents.setUint16(10, 8, true);
    contents.setUint16(12, fieldOffset, true);
    contents.setInt32(16, 8, true);
    words.forEach((word, i) => {
      contents.setInt32(20 + 4 * i, word, true);
    });
    return new Uint8Array(contents.buffer);
  };
  const read = (contents: Uint8Array, entry: Schema[string]) =>
    readFlatBuffer(contents, { entry }, 'TEST', 'a file');
  const message = (contents: Uint8Array, entry: Schema[string] = vector(0, 'int32')) =>
    thrownMessage(() => read(contents, entry));

  it('is one that a test can read, where it is not damaged', () => {
    expect(read(file(4, 42), scalar(0, 'int32'))).toEqual({ entry: 42 });
    expect(read(file(4, 4, 2, 10, 20), vector(0, 'int32'))).toEqual({ entry: [10, 20] });
  });

  it.each([
    [
      'no bytes',
      new Uint8Array(0),
      'not a file of this kind: expected the identifier "TEST", received 0 bytes',
    ],
    [
      'another identifier',
      file(4).with(4, 65),
      'not a file of this kind: expected the identifier "TEST", received "AEST"',
    ],
    [
      'a root beyond its end',
      file(4).with(0, 200),
      'file is damaged: the root table lies outside of it',
    ],
    [
      'a list of fields before its start',
      file(4).with(16, 100),
      'the list of fields of the root table lies outside of it',
    ],
    [
      'a field outside of its table',
      file(6, 1),
      'entry of the root table lies outside of its table',
    ],
    [
      'a vector of more elements than it has bytes',
      file(4, 4, 2 ** 30),
      'entry of the root table lies outside of it',
    ],
    [
      'a vector of so many elements that their bytes overflow',
      file(4, 4, -1),
      'entry of the root table lies outside of it',
    ],
    [
      'an offset that leads nowhere',
      file(4, 0),
      'offset of entry of the root table: expected at least 4, received 0',
    ],
    ['an offset that leads backwards', file(4, -8), 'entry of the root table lies outside of it'],
  ])('has %s', (_, contents, expected) => {
    expect(message(contents)).toContain(expected);
    expect(message(contents)).toContain('a file: ');
  });

  it('may not read the same bytes again and again', () => {
    // A table of a thousand numbers, which a list of tables names as often as it is long.
    const nested = { tables: tables(0, { list: vector(0, 'int32') }) };
    const overlapping = (count: number): Uint8Array => {
      const bytesBefore = 28 + 4 * count;
      const contents = new DataView(new ArrayBuffer(bytesBefore + 20 + 4000));
      const table = bytesBefore + 8;
      file(4).forEach((byte, i) => {
        contents.setUint8(i, byte);
      });
      contents.setUint32(20, 4, true);
      contents.setUint32(24, count, true);
      for (let place = 28; place < bytesBefore; place += 4) {
        contents.setUint32(place, table - place, true);
      }
      contents.setUint16(table - 8, 6, true);
      contents.setUint16(table - 6, 8, true);
      contents.setUint16(table - 4, 4, true);
      contents.setInt32(table, 8, true);
      contents.setUint32(table + 4, 4, true);
      contents.setUint32(table + 8, 1000, true);
      return new Uint8Array(contents.buffer);
    };
    const readAll = (count: number) => readFlatBuffer(overlapping(count), nested, 'TEST', 'a file');
    expect(readAll(3).tables.map(({ list }) => list?.length)).toEqual([1000, 1000, 1000]);
    expect(thrownMessage(() => readAll(100_000))).toContain('its tables lie upon one another');
  });
});
