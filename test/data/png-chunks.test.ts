import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { readPng } from '../../src/data/png.ts';
import { pngSignature } from '../../src/data/png-chunks.ts';
import { chunk, png } from '../support/png.ts';

const grey = (...values: number[]) => Uint8Array.from(values);

describe('readPng looks at the chunks before it decodes them', () => {
  const one = { depth: 8, type: 0 };
  const corrupted = (file: Uint8Array, fault: string) =>
    expect(() => readPng(file, 'x.png', [2, 2, 1])).toThrow(`x.png: corrupted PNG: ${fault}; `);

  it('refuses pixel data that is too short, instead of making it up', () => {
    corrupted(png([2, 2], one, [[1, 2]]), '3 bytes of pixel data where 6 are needed');
    corrupted(png([2, 2], one, []), '0 bytes of pixel data where 6 are needed');
    const file = Buffer.from(
      png([2, 2], one, [
        [1, 2],
        [3, 4],
      ]),
    );
    // The zlib stream of the pixels ends before its checksum.
    const data = deflateSync(Uint8Array.of(0, 1, 2, 0, 3, 4));
    const whole = chunk('IDAT', data);
    const cut = chunk('IDAT', data.subarray(0, -4));
    const at = file.indexOf(whole);
    expect(at).toBeGreaterThan(0);
    const changed = [file.subarray(0, at), cut, file.subarray(at + whole.length)];
    corrupted(Buffer.concat(changed), 'pixel data cannot be unpacked (unexpected end of file)');
  });

  it('refuses more pixel data than the size needs, without unpacking it', () => {
    corrupted(
      png([2, 2], one, [
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      'more than the 6 bytes of pixel data that are needed',
    );
    const bomb = Buffer.concat([
      pngSignature,
      chunk('IHDR', Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0)),
      chunk('IDAT', deflateSync(new Uint8Array(2 ** 26))),
      chunk('IEND', new Uint8Array(0)),
    ]);
    corrupted(bomb, 'more than the 6 bytes of pixel data that are needed');
  });

  it('never unpacks what is no pixel data, however damaged or large that is', () => {
    const profile = [...Buffer.from('name\0\0', 'latin1'), 1, 2, 3];
    const file = png([1, 1], one, [[7]], [['iCCP', profile]]);
    expect(readPng(file, 'x.png', [1, 1, 1])).toEqual(grey(7));
  });

  it('refuses a second header, and a header that is not the first chunk', () => {
    const header = [0, 0, 0, 9, 0, 0, 0, 9, 8, 0, 0, 0, 0];
    const fault = 'its header is not its first chunk, or not the only one';
    corrupted(
      png(
        [2, 2],
        one,
        [
          [1, 2],
          [3, 4],
        ],
        [['IHDR', header]],
      ),
      fault,
    );
    const late = [pngSignature, chunk('PLTE', grey(1, 2, 3)), chunk('IHDR', grey(...header))];
    corrupted(Buffer.concat(late), fault);
  });

  it('reads pixel data in several chunks', () => {
    const data = deflateSync(Uint8Array.of(0, 1, 2, 0, 3, 4));
    const file = Buffer.concat([
      pngSignature,
      chunk('IHDR', Uint8Array.of(0, 0, 0, 2, 0, 0, 0, 2, 8, 0, 0, 0, 0)),
      chunk('IDAT', data.subarray(0, 5)),
      chunk('IDAT', data.subarray(5)),
      chunk('IEND', new Uint8Array(0)),
    ]);
    expect(readPng(file, 'x.png', [2, 2, 1])).toEqual(grey(1, 2, 3, 4));
  });

  it('knows the bytes of every interlaced size, those of whose passes some are empty too', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 10 }));
    fc.assert(
      fc.property(sizes, ([width, height]) => {
        const data = Uint8Array.from({ length: width * height }, (_, i) => (i * 37) % 256);
        const file = encode({ width, height, channels: 1, data }, { interlace: 'Adam7' });
        expect(readPng(file, 'x.png', [height, width, 1])).toEqual(data);
      }),
    );
  });
});
