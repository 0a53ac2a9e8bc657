import type { Command } from 'commander';
import type { ModuleDescription } from '../compile/description.ts';
import { byteScale } from '../data/dataset.ts';
import { readPng } from '../data/png.ts';
import { WickError } from '../errors.ts';
import { type ActivationData, byteLength, elementCount, formatShape } from '../graph/types.ts';
import { samplesAsInput } from '../runtime/input.ts';
import { readBytes } from '../write-files.ts';
import { options } from './options.ts';
import { warnOfRanges } from './samples.ts';

/** What a command line says about a PNG. */
export interface InputFlags {
  /** Turn dark on light into light on dark. */
  readonly invert?: boolean;
  readonly scale?: number;
}

/** Adds the flags of {@link InputFlags} to a verb. */
export function addInputFlags(command: Command): Command {
  return command
    .option('--invert', 'turn dark on light into light on dark, as MNIST is')
    .addOption(options.scale('the real value of one step of a pixel (default: 1/255)'));
}

/**
 * The input of a file: a PNG of the model's size, or else the raw values themselves, float32 ones little-endian. Warns where
 * a PNG does not fit the range of the model's first input; throws a WickError where a file does not fit the input at all.
 */
export async function readInput(
  { name, inputs }: Pick<ModuleDescription, 'name' | 'inputs'>,
  path: string,
  { invert = false, scale }: InputFlags,
): Promise<ActivationData> {
  const bytes = await readBytes(path);
  const [port] = inputs;
  if (port === undefined) throw new WickError({ what: 'model has no input', where: path });
  const length = elementCount(port.shape);
  if (!path.toLowerCase().endsWith('.png')) {
    for (const [flag, given] of [
      ['--invert', invert],
      ['--scale', scale !== undefined],
    ] as const) {
      if (given) throw new WickError({ what: `${flag} is for .png files only`, where: path });
    }
    if (bytes.length === byteLength(port)) {
      // A copy, because float32 values need an address that is a multiple of four.
      const { buffer } = Uint8Array.from(bytes);
      return port.dtype === 'float32' ? new Float32Array(buffer) : new Int8Array(buffer);
    }
    throw new WickError({
      what: 'input has the wrong size',
      where: path,
      expected: `a .png file, or ${length} raw ${port.dtype} values (${byteLength(port)} bytes)`,
      received: `${bytes.length} bytes`,
    });
  }
  const [, height, width, channels] = port.shape;
  if (height === undefined || width === undefined || channels === undefined) {
    throw new WickError({
      what: 'model does not take images',
      where: path,
      expected: 'an input of shape 1xHxWxC',
      received: formatShape(port.shape),
    });
  }
  const shape = [height, width, channels] as const;
  const pixels = readPng(bytes, path, shape).map((value) => (invert ? 255 - value : value));
  const image = { data: pixels, shape, scale: scale ?? byteScale, zeroPoint: 0 };
  warnOfRanges([{ name, input: port }], image);
  return samplesAsInput(image, port, path)(0);
}
