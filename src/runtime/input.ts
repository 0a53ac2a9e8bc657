import type { PortDescription } from '../compile/description.ts';
import { dataHint, fitsInput, type Samples } from '../data/dataset.ts';
import { WickError } from '../errors.ts';
import { type ActivationData, elementCount, formatShape } from '../graph/types.ts';
import { quantizeValue } from '../quantize/parameters.ts';

/**
 * How samples become a model's input, int8 or float32: the returned function gives the input of one sample, in a buffer
 * that the next call overwrites. Throws a WickError where a sample does not fit the input.
 */
export function samplesAsInput(
  samples: Pick<Samples, 'data' | 'shape' | 'scale' | 'zeroPoint'>,
  port: PortDescription,
  where: string,
): (index: number) => ActivationData {
  const length = elementCount(samples.shape);
  if (!fitsInput(samples.shape, port.shape)) {
    throw new WickError({
      what: 'samples do not fit the model',
      where,
      expected: `${formatShape(port.shape)} for input '${port.name}'`,
      received: formatShape([1, ...samples.shape]),
      hint: dataHint,
    });
  }
  const real = (raw: number): number => samples.scale * (raw - samples.zeroPoint);
  const quantize = (raw: number): number => quantizeValue(real(raw), port.scale, port.zeroPoint);
  const { data } = samples;
  if (port.dtype === 'float32') {
    const values = new Float32Array(length);
    return (index) => {
      for (let i = 0; i < length; i++) values[i] = real(data[index * length + i] as number);
      return values;
    };
  }
  const input = new Int8Array(length);
  if (data instanceof Float32Array) {
    return (index) => {
      for (let i = 0; i < length; i++) input[i] = quantize(data[index * length + i] as number);
      return input;
    };
  }
  // Raw bytes go through a table; a signed byte is looked up by its unsigned value.
  const table = Int8Array.from({ length: 256 }, (_, byte) =>
    quantize(data instanceof Int8Array ? (byte << 24) >> 24 : byte),
  );
  return (index) => {
    for (let i = 0; i < length; i++) {
      input[i] = table[(data[index * length + i] as number) & 0xff] as number;
    }
    return input;
  };
}
