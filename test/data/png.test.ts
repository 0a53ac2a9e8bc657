import fc from 'fast-check';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { readPng, writePng } from '../../src/data/png.ts';
import { WickError } from '../../src/errors.ts';
import { png } from '../support/png.ts';

const grey = (...values: number[]) => Uint8Array.from(values);

/** The colour type of an image with a palette. */
const indexedType = 3;

describe('readPng', () => {
  it('reads 8-bit grey as it is', () => {
    const file = png([3, 2], { depth: 8, type: 0 }, [
      [0, 1, 2],
      [253, 254, 255],
    ]);
    expect(readPng(file, 'x.png', [2, 3, 1])).toEqual(grey(0, 1, 2, 253, 254, 255));
  });

  it('reads 8-bit RGB as it is', () => {
    const file = png([2, 1], { depth: 8, type: 2 }, [[255, 128, 0, 1, 2, 3]]);
    expect(readPng(file, 'x.png', [1, 2, 3])).toEqual(grey(255, 128, 0, 1, 2, 3));
  });

  it('turns colours into their BT.601 luminance', () => {
    const file = png([5, 1], { depth: 8, type: 2 }, [
      [255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77, 255, 255, 255],
    ]);
    // 0.299, 0.587 and 0.114 of 255.
    expect(readPng(file, 'x.png', [1, 5, 1])).toEqual(grey(76, 150, 29, 77, 255));
  });

  it('repeats grey for three channels', () => {
    const file = png([2, 1], { depth: 8, type: 0 }, [[9, 200]]);
    expect(readPng(file, 'x.png', [1, 2, 3])).toEqual(grey(9, 9, 9, 200, 200, 200));
  });

  it('rounds 16 bits to 8', () => {
    // 0x0080 is just below half a step of 257, 0x0081 just above.
    const file = png([4, 1], { depth: 16, type: 0 }, [[0, 0x80, 0, 0x81, 0x80, 0x80, 0xff, 0xff]]);
    expect(readPng(file, 'x.png', [1, 4, 1])).toEqual(grey(0, 1, 0x80, 255));
  });

  it.each([
    [1, [0b10110000], [255, 0, 255, 255]],
    [2, [0b00011011], [0, 85, 170, 255]],
    [4, [0x0f, 0x18], [0, 255, 17, 136]],
  ])('stretches %i-bit grey to 0..255', (depth, row, expected) => {
    const file = png([4, 2], { depth, type: 0 }, [row, row]);
    expect(readPng(file, 'x.png', [2, 4, 1])).toEqual(grey(...expected, ...expected));
  });

  it('lays transparent pixels over black', () => {
    const greyAlpha = png([3, 1], { depth: 8, type: 4 }, [[200, 255, 200, 128, 200, 0]]);
    expect(readPng(greyAlpha, 'x.png', [1, 3, 1])).toEqual(grey(200, 100, 0));
    const rgba = png([2, 1], { depth: 8, type: 6 }, [[255, 100, 10, 51, 255, 100, 10, 255]]);
    expect(readPng(rgba, 'x.png', [1, 2, 3])).toEqual(grey(51, 20, 2, 255, 100, 10));
    const deep = png([1, 1], { depth: 16, type: 4 }, [[0xff, 0xff, 0x80, 0x80]]);
    expect(readPng(deep, 'x.png', [1, 1, 1])).toEqual(grey(0x80));
  });

  it('takes the one colour that tRNS names as transparent', () => {
    const greyKey = png([2, 1], { depth: 8, type: 0 }, [[7, 8]], [['tRNS', [0, 7]]]);
    expect(readPng(greyKey, 'x.png', [1, 2, 1])).toEqual(grey(0, 8));
    const rgbKey = png(
      [3, 1],
      { depth: 8, type: 2 },
      [[1, 2, 3, 1, 2, 4, 5, 5, 5]],
      [['tRNS', [0, 1, 0, 2, 0, 3]]],
    );
    expect(readPng(rgbKey, 'x.png', [1, 3, 3])).toEqual(grey(0, 0, 0, 1, 2, 4, 5, 5, 5));
  });

  it('looks colours up in a palette, transparent entries over black', () => {
    const palette: [string, number[]] = ['PLTE', [10, 20, 30, 255, 255, 255, 40, 40, 40]];
    const packed = png([3, 1], { depth: 2, type: indexedType }, [[0b00011000]], [palette]);
    expect(readPng(packed, 'x.png', [1, 3, 3])).toEqual(
      grey(10, 20, 30, 255, 255, 255, 40, 40, 40),
    );
    const transparent = png(
      [2, 1],
      { depth: 8, type: indexedType },
      [[0, 1]],
      [palette, ['tRNS', [0, 51]]],
    );
    expect(readPng(transparent, 'x.png', [1, 2, 1])).toEqual(grey(0, 51));
  });

  it('reads interlaced images of 8 bits, and refuses those of fewer', () => {
    const data = Uint8Array.from({ length: 9 * 10 * 3 }, (_, i) => (i * 37) % 256);
    const file = encode({ width: 9, height: 10, channels: 3, data }, { interlace: 'Adam7' });
    expect(readPng(file, 'x.png', [10, 9, 3])).toEqual(data);
    const few = png([8, 1], { depth: 1, type: 0, interlace: 1 }, [[0xff]]);
    expect(() => readPng(few, 'x.png', [1, 8, 1])).toThrow(
      'x.png: interlaced PNG with fewer than 8 bits is not supported',
    );
  });

  it('states the expected and the received size where they differ', () => {
    const file = png([3, 2], { depth: 8, type: 0 }, [
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(() => readPng(file, 'x.png', [28, 28, 1])).toThrow(
      'x.png: the image has another size (width x height): expected 28x28, received 3x2',
    );
  });

  it('refuses what is no PNG, and shapes of other than one or three channels', () => {
    const file = png([1, 1], { depth: 8, type: 0 }, [[0]]);
    expect(() => readPng(grey(0xff, 0xd8, 0xff), 'x.jpg', [1, 1, 1])).toThrow(
      'x.jpg: not a PNG file: expected a file that begins with 89 50 4e 47 0d 0a 1a 0a, received ff d8 ff; convert the image to PNG',
    );
    expect(() => readPng(file, 'x.png', [1, 1, 2])).toThrow('HxWx1 (grey) or HxWx3 (RGB)');
  });

  it('refuses a pixel outside of the palette, and a palette image without one', () => {
    const outside = png([1, 1], { depth: 8, type: indexedType }, [[3]], [['PLTE', [1, 1, 1]]]);
    expect(() => readPng(outside, 'x.png', [1, 1, 1])).toThrow('expected an index below 1');
    const none = png([1, 1], { depth: 8, type: indexedType }, [[0]]);
    expect(() => readPng(none, 'x.png', [1, 1, 1])).toThrow('expected an index below 0');
  });

  it('refuses few bits with colour, which the format does not know', () => {
    const file = png([1, 1], { depth: 4, type: 2 }, [[0, 0]]);
    expect(() => readPng(file, 'x.png', [1, 1, 3])).toThrow('x.png: corrupted PNG: ');
  });

  it('throws only WickErrors where the file is truncated', () => {
    const file = writePng(new Uint8Array(16).fill(9), [4, 4, 1]);
    for (let length = 0; length < file.length; length++) {
      expect(() => readPng(file.subarray(0, length), 'x.png', [4, 4, 1])).toThrow(WickError);
    }
  });

  it('never throws anything but a WickError where bytes are corrupted', () => {
    const file = writePng(
      Uint8Array.from({ length: 48 }, (_, i) => i),
      [4, 4, 3],
    );
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1 });
    fc.assert(
      fc.property(changes, (list) => {
        const corrupted = file.slice();
        for (const [offset, value] of list) corrupted[offset] = value;
        expectPixelsOrWickError(() => readPng(corrupted, 'x.png', [4, 4, 3]), 48);
      }),
    );
  });
});

function expectPixelsOrWickError(read: () => Uint8Array, length: number): void {
  try {
    expect(read()).toHaveLength(length);
  } catch (error) {
    expect(error).toBeInstanceOf(WickError);
  }
}

describe('writePng', () => {
  it('is the inverse of readPng', () => {
    const images = fc
      .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom(1, 3))
      .chain(([height, width, channels]) => {
        const length = height * width * channels;
        return fc.tuple(
          fc.constant([height, width, channels] as const),
          fc.uint8Array({ minLength: length, maxLength: length }),
        );
      });
    fc.assert(
      fc.property(images, ([shape, pixels]) => {
        expect(readPng(writePng(pixels, shape), 'x.png', shape)).toEqual(pixels);
      }),
    );
  });

  it('refuses pixels that do not fill the shape', () => {
    expect(() => writePng(new Uint8Array(3), [2, 2, 1])).toThrow(
      'expected 4 values for 2x2x1, at least one, received 3',
    );
    expect(() => writePng(new Uint8Array(0), [0, 2, 1])).toThrow(WickError);
    expect(() => writePng(new Uint8Array(4), [1, 1, 4])).toThrow(WickError);
  });
});
