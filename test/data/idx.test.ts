import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Idx, readIdx, writeIdx } from '../../src/data/idx.ts';
import { WickError } from '../../src/errors.ts';
import { elementCount } from '../../src/graph/types.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

/** Arrays of every element type, of up to four axes. */
const arrays: fc.Arbitrary<Idx> = fc.array(fc.nat(4), { maxLength: 4 }).chain((shape) => {
  const length = elementCount(shape);
  const exactly = { minLength: length, maxLength: length };
  return fc.oneof(
    fc.uint8Array(exactly).map((data) => ({ dtype: 'uint8' as const, shape, data })),
    fc.int8Array(exactly).map((data) => ({ dtype: 'int8' as const, shape, data })),
    fc.int16Array(exactly).map((data) => ({ dtype: 'int16' as const, shape, data })),
    fc.int32Array(exactly).map((data) => ({ dtype: 'int32' as const, shape, data })),
    fc.float32Array(exactly).map((data) => ({ dtype: 'float32' as const, shape, data })),
    fc.float64Array(exactly).map((data) => ({ dtype: 'float64' as const, shape, data })),
  );
});

describe('readIdx', () => {
  it('reads big-endian extents and elements', () => {
    const file = bytes(0, 0, 0x0b, 2, 0, 0, 0, 1, 0, 0, 0, 3, 0x01, 0x02, 0xff, 0xff, 0x80, 0x00);
    expect(readIdx(file, 'file')).toEqual({
      dtype: 'int16',
      shape: [1, 3],
      data: Int16Array.of(0x0102, -1, -0x8000),
    });
  });

  it.each([
    ['uint8', 0x08, [0xfe], 254],
    ['int8', 0x09, [0xfe], -2],
    ['int16', 0x0b, [0xff, 0xfe], -2],
    ['int32', 0x0c, [0xff, 0xff, 0xff, 0xfe], -2],
    ['float32', 0x0d, [0xc0, 0x20, 0, 0], -2.5],
    ['float64', 0x0e, [0xc0, 0x04, 0, 0, 0, 0, 0, 0], -2.5],
  ])('knows the element type %s', (dtype, code, element, value) => {
    const read = readIdx(bytes(0, 0, code, 1, 0, 0, 0, 1, ...element), 'file');
    expect(read.dtype).toBe(dtype);
    expect([...read.data]).toEqual([value]);
  });

  it('reads a file that lies at an odd offset of a larger buffer', () => {
    const file = writeIdx({ dtype: 'int32', shape: [2], data: Int32Array.of(1, -2) });
    const larger = new Uint8Array(file.length + 7);
    larger.set(file, 3);
    expect([...readIdx(larger.subarray(3, 3 + file.length), 'file').data]).toEqual([1, -2]);
  });

  it('unpacks gzip, which it knows by its magic bytes', () => {
    const idx: Idx = { dtype: 'uint8', shape: [2, 2], data: bytes(1, 2, 3, 4) };
    expect(readIdx(gzipSync(writeIdx(idx)), 'file')).toEqual(idx);
  });

  it('says how many bytes it expected and received where the file is truncated', () => {
    const file = writeIdx({ dtype: 'uint8', shape: [2, 3], data: new Uint8Array(6) });
    expect(() => readIdx(file.subarray(0, 17), 'images')).toThrow(
      'images: truncated IDX file: expected at least 18 bytes, received 17',
    );
    expect(() => readIdx(file.subarray(0, 9), 'images')).toThrow(
      'images: truncated IDX file: expected at least 12 bytes, received 9',
    );
    expect(() => readIdx(bytes(), 'images')).toThrow('expected at least 4 bytes, received 0');
  });

  it('refuses trailing bytes', () => {
    expect(() => readIdx(bytes(0, 0, 8, 1, 0, 0, 0, 1, 7, 7), 'labels')).toThrow(
      'labels: trailing bytes after the elements: expected 9 bytes for 1 uint8, received 10',
    );
  });

  it('refuses other files and unknown element types', () => {
    expect(() => readIdx(bytes(0x89, 0x50, 0x4e, 0x47, 0), 'x.png')).toThrow(
      'x.png: not an IDX file: expected a file that starts with two zero bytes, or gzip, received 89 50 4e 47',
    );
    expect(() => readIdx(bytes(0, 0, 0x0a, 1, 0, 0, 0, 0), 'file')).toThrow(
      /file: unknown IDX element type: expected 0x08 uint8, .*, received 0x0a/,
    );
  });

  it('refuses dimensions whose product overflows, before it allocates', () => {
    const huge = Array.from({ length: 12 }, () => 0xff);
    expect(() => readIdx(bytes(0, 0, 0x0e, 3, ...huge), 'file')).toThrow(
      'file: the dimensions overflow: received 4294967295x4294967295x4294967295',
    );
    const zeroAfterInfinity = [...Array.from({ length: 254 * 4 }, () => 0xff), 0, 0, 0, 0];
    expect(() => readIdx(bytes(0, 0, 8, 255, ...zeroAfterInfinity), 'file')).toThrow(WickError);
    expect(() => readIdx(bytes(0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff), 'file')).toThrow(
      'expected at least 4294967303 bytes, received 8',
    );
  });

  it('refuses gzip that is truncated, corrupted or not IDX inside', () => {
    const packed = gzipSync(writeIdx({ dtype: 'uint8', shape: [64], data: new Uint8Array(64) }));
    for (let length = 2; length < packed.length; length++) {
      expect(() => readIdx(packed.subarray(0, length), 'a.gz')).toThrow(WickError);
      expect(() => readIdx(packed.subarray(0, length), 'a.gz')).toThrow(
        /^a.gz: (corrupted gzip|truncated IDX file): /,
      );
    }
    const flipped = packed.slice();
    flipped[packed.length - 8] = (flipped[packed.length - 8] ?? 0) ^ 1; // The CRC.
    expect(() => readIdx(flipped, 'a.gz')).toThrow('a.gz: corrupted gzip: ');
    expect(() => readIdx(gzipSync('text'), 'a.gz')).toThrow('a.gz: not an IDX file');
  });

  it('unpacks no more than the header announces, and no more than a gibibyte', () => {
    const header = [0, 0, 8, 1, 0, 0, 0, 1];
    const bomb = new Uint8Array(2 ** 24);
    bomb.set(header);
    expect(() => readIdx(gzipSync(bomb), 'a.gz')).toThrow(
      'a.gz: trailing bytes after the elements: expected 9 bytes for 1 uint8, received more',
    );
    expect(() => readIdx(gzipSync(bytes(0, 0, 8, 1, 0x80, 0, 0, 0)), 'a.gz')).toThrow(
      'a.gz: the unpacked file is too large: expected at most 1073741824 bytes, received 2147483656',
    );
  });

  it('reads the longest header through gzip', () => {
    const shape = Array.from({ length: 255 }, () => 1);
    const idx: Idx = { dtype: 'float32', shape, data: Float32Array.of(0.1) };
    expect(readIdx(gzipSync(writeIdx(idx)), 'file')).toEqual(idx);
  });
});

describe('writeIdx', () => {
  it('is the inverse of readIdx for every element type and shape', () => {
    fc.assert(
      fc.property(arrays, (idx) => {
        expect(readIdx(writeIdx(idx), 'file')).toEqual(idx);
      }),
    );
  });

  it('refuses data that does not fill the shape, and shapes that do not fit the header', () => {
    expect(() => writeIdx({ dtype: 'uint8', shape: [2, 2], data: new Uint8Array(3) })).toThrow(
      'expected 4 elements for 2x2, received 3',
    );
    for (const shape of [[-1], [0.5], [2 ** 32, 0], Array.from({ length: 256 }, () => 1)]) {
      expect(() => writeIdx({ dtype: 'uint8', shape, data: new Uint8Array(1) })).toThrow(
        'at most 255 extents',
      );
    }
  });
});
