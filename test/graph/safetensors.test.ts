import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WickError } from '../../src/errors.ts';
import {
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from '../../src/graph/safetensors.ts';

/** A file of a given header and data, whatever they are. */
function file(header: unknown, data: ArrayLike<number> = [], length?: number): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header);
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const i8 = (begin: number, end: number) => ({
  dtype: 'I8',
  shape: [end - begin],
  data_offsets: [begin, end],
});

/** Tensors of every element type, of up to three axes. */
const tensor: fc.Arbitrary<StoredTensor> = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
  const length = shape.reduce((a, b) => a * b, 1);
  const exactly = { minLength: length, maxLength: length };
  return fc.oneof(
    fc.float32Array(exactly).map((data) => ({ dtype: 'float32' as const, shape, data })),
    fc.int8Array(exactly).map((data) => ({ dtype: 'int8' as const, shape, data })),
    fc.int16Array(exactly).map((data) => ({ dtype: 'int16' as const, shape, data })),
    fc.int32Array(exactly).map((data) => ({ dtype: 'int32' as const, shape, data })),
  );
});
const name = fc
  .oneof(fc.string({ unit: 'binary' }), fc.constantFrom('7', '__proto__', 'constructor', '\ud800'))
  .filter((text) => text !== '__metadata__');
const tensorMap = fc.array(fc.tuple(name, tensor)).map((pairs) => new Map(pairs));
const metadataMap = fc.array(fc.tuple(name, fc.string())).map((pairs) => new Map(pairs));

const sample = new Map<string, StoredTensor>([
  ['b', { dtype: 'int8', shape: [3], data: Int8Array.of(1, -2, 3) }],
  ['a', { dtype: 'float32', shape: [1, 2], data: Float32Array.of(0.5, -1) }],
  ['c', { dtype: 'int32', shape: [], data: Int32Array.of(-70000) }],
]);

describe('writeSafetensors', () => {
  it('writes the header length, a header padded to eight bytes, and the data', () => {
    const bytes = writeSafetensors(sample);
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(headerBytes % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes));
    expect(header.trimEnd()).toBe(
      '{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},' +
        '"c":{"dtype":"I32","shape":[],"data_offsets":[8,12]},' +
        '"b":{"dtype":"I8","shape":[3],"data_offsets":[12,15]}}',
    );
    expect([...bytes.subarray(8 + headerBytes)]).toEqual(
      [0, 0, 0, 0x3f, 0, 0, 0x80, 0xbf].concat([0x90, 0xee, 0xfe, 0xff], [1, 0xfe, 3]),
    );
  });

  it('does not depend on the order of the tensors or of the metadata', () => {
    const metadata = new Map([
      ['x', '1'],
      ['w', '2'],
    ]);
    const reversed = <T>(map: Map<string, T>) => new Map([...map].reverse());
    expect(writeSafetensors(reversed(sample), reversed(metadata))).toEqual(
      writeSafetensors(sample, metadata),
    );
  });

  it('aligns every tensor to the size of its elements', () => {
    fc.assert(
      fc.property(tensorMap, (tensors) => {
        const bytes = writeSafetensors(tensors);
        const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
        const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerBytes)));
        for (const [key, entry] of Object.entries(header)) {
          const size = tensors.get(key)?.data.BYTES_PER_ELEMENT ?? 0;
          const { data_offsets: offsets } = entry as { data_offsets: [number, number] };
          expect((8 + headerBytes + offsets[0]) % size).toBe(0);
        }
      }),
    );
  });

  it('refuses data of another type or size, and the reserved name', () => {
    const write = (key: string, stored: StoredTensor) => () =>
      writeSafetensors(new Map([[key, stored]]));
    expect(write('w', { dtype: 'int8', shape: [4], data: new Int32Array(1) })).toThrow(
      'w: cannot write the tensor as safetensors: expected 4 bytes of int8 for 4, ' +
        'received 4 bytes in a Int32Array',
    );
    expect(write('w', { dtype: 'float32', shape: [2], data: new Float32Array(3) })).toThrow(
      'expected 8 bytes of float32 for 2, received 12 bytes',
    );
    expect(write('__metadata__', { dtype: 'int8', shape: [1], data: new Int8Array(1) })).toThrow(
      'reserved',
    );
  });
});

describe('readSafetensors', () => {
  it('is the inverse of writeSafetensors', () => {
    fc.assert(
      fc.property(tensorMap, metadataMap, (tensors, metadata) => {
        const read = readSafetensors(writeSafetensors(tensors, metadata), 'file');
        expect(new Map(read.tensors)).toEqual(tensors);
        expect(new Map(read.metadata)).toEqual(metadata);
      }),
    );
  });

  it('keeps the bits of every float, whatever NaN or zero it is', () => {
    const bits = Uint32Array.of(0x80000000, 0x7fc00001, 0xffc12345, 0x00000001);
    const data = new Float32Array(bits.buffer);
    const written = writeSafetensors(new Map([['x', { dtype: 'float32', shape: [4], data }]]));
    const read = readSafetensors(written, 'file').tensors.get('x')?.data;
    expect(new Uint32Array(read?.buffer ?? new ArrayBuffer(0))).toEqual(bits);
  });

  it('copies, from a Buffer too, so that later writes to the file do not show', () => {
    const bytes = Buffer.from(writeSafetensors(sample));
    const { tensors } = readSafetensors(bytes, 'file');
    bytes.fill(0);
    expect(tensors.get('b')?.data).toEqual(Int8Array.of(1, -2, 3));
    expect(tensors.get('b')?.data.buffer.byteLength).toBe(3);
  });

  it('reads tensors in any order of names and offsets, at any alignment', () => {
    const header = { z: i8(0, 1), a: { dtype: 'I32', shape: [1], data_offsets: [1, 5] } };
    const { tensors } = readSafetensors(file(header, [9, 1, 0, 0, 0]), 'file');
    expect(tensors.get('a')?.data).toEqual(Int32Array.of(1));
    expect(tensors.get('z')?.data).toEqual(Int8Array.of(9));
  });

  it.each<[string, Uint8Array, string]>([
    [
      'no header length',
      Uint8Array.of(1, 2),
      'no header length: expected at least 8 bytes, received 2',
    ],
    [
      'a header past the end',
      file({}, [], 3),
      'header length: expected at most 2 bytes, received 3',
    ],
    [
      'an absurd header length',
      new Uint8Array(16).fill(255),
      'header length: expected at most 8 bytes, received 18446744073709551615',
    ],
    ['a header that is no JSON', file('{"a":'), 'the header is no JSON'],
    ['a header that is no UTF-8', file(' ', [], 1).fill(0xff, 8), 'the header is no JSON'],
    ['a header that is no object', file([]), 'header: expected a JSON object'],
    [
      'metadata that is no text',
      file({ __metadata__: { a: 1 } }),
      '__metadata__: expected an object of strings',
    ],
    ['metadata that is a list', file({ __metadata__: [] }), '__metadata__: expected an object'],
    [
      'offsets that do not match the shape',
      file({ a: { ...i8(0, 2), shape: [2, 2] } }, [0, 0]),
      'data_offsets of tensor "a": expected 4 bytes for 2x2 int8, received 2',
    ],
    [
      'a shape whose product overflows',
      file({ a: { ...i8(0, 1), shape: Array.from({ length: 40 }, () => 2 ** 40).concat(0) } }, [0]),
      'data_offsets of tensor "a"',
    ],
    [
      'offsets that go backwards',
      file({ a: { ...i8(0, 1), data_offsets: [1, 0] } }, [0]),
      'data_offsets of tensor "a": expected 1 bytes for 1 int8, received -1',
    ],
    [
      'tensors that overlap',
      file({ a: i8(0, 2), b: i8(1, 3) }, [0, 0, 0]),
      'tensor "b" overlaps the one before: expected offset 2, received 1',
    ],
    [
      'a gap between tensors',
      file({ a: i8(0, 1), b: i8(2, 3) }, [0, 0, 0]),
      'tensor "b" leaves a gap before it: expected offset 1, received 2',
    ],
    [
      'truncated data',
      file({ a: i8(0, 3) }, [0, 0]),
      'truncated data: expected 3 bytes, received 2',
    ],
    [
      'more data than tensors',
      file({ a: i8(0, 1) }, [0, 0]),
      'data that belongs to no tensor: expected 1 bytes, received 2',
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes, 'x.safetensors')).toThrow(WickError);
    expect(() => readSafetensors(bytes, 'x.safetensors')).toThrow(
      `x.safetensors: corrupted or unsupported safetensors: ${message}`,
    );
  });

  it.each<[string, object, string]>([
    [
      'an unknown dtype',
      { ...i8(0, 2), dtype: 'F16' },
      `'dtype': value does not fit: expected ("F32" | "I8" | "I16" | "I32"), received "F16"`,
    ],
    ['no shape', { dtype: 'I8', data_offsets: [0, 2] }, "'shape': key is missing"],
    [
      'an unknown key',
      { ...i8(0, 2), stride: 1 },
      `'stride': unknown key "stride": known are dtype, shape, data_offsets`,
    ],
    [
      'a negative extent',
      { ...i8(0, 2), shape: [-1] },
      "'shape.0': value does not fit: expected >=0, received -1",
    ],
    [
      'an offset that is no whole number',
      { ...i8(0, 2), data_offsets: [0.5, 1.5] },
      "'data_offsets.0': value does not fit: expected a whole number, received 0.5",
    ],
  ])('refuses a tensor with %s, naming it', (_, entry, message) => {
    expect(() => readSafetensors(file({ a: entry }, [0, 0]), 'x.safetensors')).toThrow(
      `x.safetensors, tensor "a", ${message}`,
    );
  });

  it('refuses a file that is truncated at any byte', () => {
    const bytes = writeSafetensors(sample, new Map([['source', 'test']]));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readSafetensors(bytes.subarray(0, length), 'x')).toThrow(WickError);
    }
  });

  it('throws nothing but WickErrors, whatever bytes are corrupted', () => {
    const bytes = writeSafetensors(sample, new Map([['source', 'test']]));
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(changes, (list) => {
        const corrupted = bytes.slice();
        for (const [offset, value] of list) corrupted[offset] = value;
        expectTensorsOrWickError(corrupted);
      }),
      { numRuns: 2000 },
    );
  });

  it('throws nothing but WickErrors, whatever the header says', () => {
    const headers = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.string(),
        fc.record({
          dtype: fc.constantFrom('I8', 'F32', 'I32', 'BF16'),
          shape: fc.array(fc.oneof(fc.nat(4), fc.maxSafeNat())),
          data_offsets: fc.array(fc.nat(16), { minLength: 2, maxLength: 2 }),
        }),
      ),
    );
    fc.assert(
      fc.property(headers, fc.uint8Array({ maxLength: 16 }), (header, data) => {
        expectTensorsOrWickError(file(header, data));
      }),
    );
  });
});

/** A file that is still sound after the change must be read as one: all its bytes belong to a tensor. */
function expectTensorsOrWickError(bytes: Uint8Array): void {
  try {
    const { tensors } = readSafetensors(bytes, 'x');
    const headerBytes = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const dataBytes = [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    expect(dataBytes).toBe(bytes.length - 8 - headerBytes);
  } catch (error) {
    expect(error).toBeInstanceOf(WickError);
  }
}
