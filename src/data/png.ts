import { type DecodedPng, decode, encode } from 'fast-png';
import { messageOf, WickError } from '../errors.ts';
import { elementCount, formatShape } from '../graph/types.ts';
import {
  checkPixelData,
  corruptedPng,
  indexedColour,
  type PngHeader,
  pngSignature,
  readChunks,
  readHeader,
} from './png-chunks.ts';

/** The shape of an image: height, width, channels (1 grey, 3 RGB). */
export type ImageShape = readonly [height: number, width: number, channels: number];

/**
 * Reads a PNG of any colour type as uint8 [H,W,C]. 16 bits are rounded to 8, fewer are stretched to 0..255.
 * Transparent pixels are laid over black. Where C is 1, colours become their luminance; where C is 3, grey is repeated.
 *
 * @param where the file's name, for errors
 * @throws WickError where the file is no sound PNG or has another size
 */
export function readPng(bytes: Uint8Array, where: string, shape: ImageShape): Uint8Array {
  const [height, width] = shape;
  const channels = supportedChannels(shape);
  const chunks = readChunks(bytes, where);
  const header = readHeader(chunks, where);
  checkSize(header, shape, where);
  checkPixelData(chunks, header, where);
  const png = decodeSoundly(chunks, where);
  const pixel = header.colourType === indexedColour ? palettePixels(png, where) : directPixels(png);

  const pixels = new Uint8Array(elementCount(shape));
  for (let i = 0; i < width * height; i++) {
    const { red, green, blue, alpha } = pixel(i);
    const colour = [red * alpha, green * alpha, blue * alpha].map((part) => Math.round(255 * part));
    pixels.set(channels === 3 ? colour : [luminance(colour)], i * channels);
  }
  return pixels;
}

/**
 * Writes uint8 [H,W,C] as a PNG of 8 bits, grey or RGB.
 *
 * @throws WickError where the pixels do not fill the shape, or C is neither 1 nor 3
 */
export function writePng(pixels: Uint8Array, shape: ImageShape): Uint8Array {
  const [height, width] = shape;
  const channels = supportedChannels(shape);
  if (pixels.length !== elementCount(shape) || pixels.length === 0) {
    throw new WickError({
      what: 'cannot write a PNG',
      expected: `${elementCount(shape)} values for ${formatShape(shape)}, at least one`,
      received: `${pixels.length}`,
    });
  }
  return encode({ width, height, channels, depth: 8, data: pixels });
}

function supportedChannels(shape: ImageShape): 1 | 3 {
  const [, , channels] = shape;
  if (channels === 1 || channels === 3) return channels;
  throw new WickError({
    what: 'the shape does not fit a PNG',
    expected: 'HxWx1 (grey) or HxWx3 (RGB)',
    received: formatShape(shape),
  });
}

/** Looks at the size before anything is unpacked: a header can claim an image that fills the memory. */
function checkSize(header: PngHeader, [height, width]: ImageShape, where: string): void {
  if (header.width !== width || header.height !== height) {
    throw new WickError({
      what: 'the image has another size (width x height)',
      where,
      expected: `${width}x${height}`,
      received: `${header.width}x${header.height}`,
      hint: 'scale or crop it to the size of the model input',
    });
  }
  // fast-png takes a whole byte for each pixel in an interlaced image, whatever its depth.
  if (header.interlaced && header.depth < 8) {
    throw new WickError({
      what: 'interlaced PNG with fewer than 8 bits is not supported',
      where,
      hint: 'save it without interlacing',
    });
  }
}

function decodeSoundly(chunks: ReturnType<typeof readChunks>, where: string): DecodedPng {
  try {
    const file = Buffer.concat([pngSignature, ...chunks.map(({ bytes }) => bytes)]);
    const png = decode(file, { checkCrc: true });
    if (png.depth < 8 && png.channels > 1)
      throw new Error(`${png.depth} bits with colour or alpha`);
    return png;
  } catch (error) {
    throw corruptedPng(messageOf(error), where);
  }
}

/** A pixel's parts, each 0 to 1. */
interface Pixel {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
  readonly alpha: number;
}

/** Gives the pixel at an index (row-major) of an image with a palette. */
function palettePixels(png: DecodedPng, where: string): (index: number) => Pixel {
  const indices = samplesOf(png);
  const palette = png.palette ?? [];
  return (index) => {
    const colour = palette[indices[index] ?? -1];
    if (colour === undefined) {
      throw new WickError({
        what: 'corrupted PNG: a pixel is outside of the palette',
        where,
        expected: `an index below ${palette.length}`,
        received: `${indices[index]}`,
      });
    }
    const [red = 0, green = 0, blue = 0, alpha = 255] = colour;
    return { red: red / 255, green: green / 255, blue: blue / 255, alpha: alpha / 255 };
  };
}

/** Gives the pixel at an index (row-major) of an image of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels. */
function directPixels(png: DecodedPng): (index: number) => Pixel {
  const { channels, depth } = png;
  const samples = samplesOf(png);
  const largest = 2 ** depth - 1;
  const colours = channels < 3 ? 1 : 3;
  // A file without an alpha channel may name one colour that is transparent.
  const key = png.transparency?.length === colours ? png.transparency : undefined;
  return (index) => {
    const raw = samples.subarray(index * channels, (index + 1) * channels);
    const part = (channel: number) => (raw[channel] ?? 0) / largest;
    const isKey = key?.every((value, channel) => value === raw[channel]) ?? false;
    return {
      red: part(0),
      green: part(colours === 3 ? 1 : 0),
      blue: part(colours === 3 ? 2 : 0),
      alpha: channels > colours ? part(colours) : isKey ? 0 : 1,
    };
  };
}

/** The samples of an image, one an element. */
function samplesOf(png: DecodedPng): DecodedPng['data'] {
  return png.depth < 8 ? unpackBits(png) : png.data;
}

/** One sample a byte, from rows of whole bytes that hold several, the first in the high bits. */
function unpackBits({ width, height, depth, data }: DecodedPng): Uint8Array {
  const bytesPerRow = Math.ceil((width * depth) / 8);
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * bytesPerRow + (bit >> 3)] ?? 0;
      samples[y * width + x] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
    }
  }
  return samples;
}

/** Luma of ITU-R BT.601 in 16-bit fixed point, as Pillow's convert('L') computes it; grey stays what it is. */
function luminance([red = 0, green = 0, blue = 0]: readonly number[]): number {
  return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
}
