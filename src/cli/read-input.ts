import type { PortDescription } from '../compile/description.ts';
import { byteScale } from '../data/dataset.ts';
import { readPng } from '../data/png.ts';
import { WickError } from '../errors.ts';
import { type ActivationData, byteLength, elementCount, formatShape } from '../graph/types.ts';
import { samplesAsInput } from '../runtime/input.ts';
import { readBytes } from '../write-files.ts';

/**
 * The input of a file: a PNG of the model's size, or else the raw values themselves, float32 ones little-endian. Throws a
 * WickError where it does not fit the model's first input.
 *
 * @param invert turn dark on light into light on dark
 */
export async function readInput(
  { inputs }: { readonly inputs: readonly PortDescription[] },
  path: string,
  invert: boolean,
): Promise<ActivationData> {
  const bytes = await readBytes(path);
  const [port] = inputs;
  if (port === undefined) throw new WickError({ what: 'model has no input', where: path });
  const length = elementCount(port.shape);
  if (!path.toLowerCase().endsWith('.png')) {
    if (invert) throw new WickError({ what: '--invert is for .png files only', where: path });
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
  const image = { data: pixels, shape, scale: byteScale, zeroPoint: 0 };
  return samplesAsInput(image, port, path)(0);
}
