import { basename } from 'node:path';
import type { PortDescription } from '../compile/description.ts';
import { byteScale, type Samples } from '../data/dataset.ts';
import { readIdx } from '../data/idx.ts';
import { WickError } from '../errors.ts';
import { type ActivationData, byteLength, tensorArrays } from '../graph/types.ts';
import { samplesAsInput } from '../runtime/input.ts';

/** Inputs of one inference after another. */
export interface InputSeries {
  readonly count: number;
  /** All inputs of one inference; they may be overwritten by the next call. */
  readonly inputsOf: (index: number) => readonly ActivationData[];
}

/** The samples of a data set as inputs. Throws a WickError where they do not fit the model, or it has several inputs. */
export function inputsOfSamples(
  samples: Pick<Samples, 'data' | 'shape' | 'scale' | 'zeroPoint' | 'count'>,
  ports: readonly PortDescription[],
  where: string,
): InputSeries {
  const [port, ...more] = ports;
  if (port === undefined || more.length > 0) {
    throw new WickError({
      what: 'model does not take single samples',
      where,
      expected: '1 input',
      received: `${ports.length}`,
      hint: 'name a file with the raw values of all of them (--inputs)',
    });
  }
  const input = samplesAsInput(samples, port, where);
  return { count: samples.count, inputsOf: (index) => [input(index)] };
}

/**
 * The inputs in a file: IDX, of which int8 values are the model's own and bytes stand for 0 to 1; or else (a name without
 * `idx1` and the like) raw values as the model takes them, all inputs of one inference after another. Throws a WickError where they do not
 * fit the model.
 */
export function inputsOfFile(
  bytes: Uint8Array,
  ports: readonly PortDescription[],
  path: string,
): InputSeries {
  return /idx\d/.test(basename(path)) ? fromIdx(bytes, ports, path) : fromRaw(bytes, ports, path);
}

function fromIdx(bytes: Uint8Array, ports: readonly PortDescription[], path: string): InputSeries {
  const { dtype, shape, data } = readIdx(bytes, path);
  const [count = 0, ...sample] = shape;
  if (dtype !== 'int8' && dtype !== 'uint8' && dtype !== 'float32') {
    throw new WickError({
      what: 'the element type does not fit inputs',
      where: path,
      expected: 'uint8, int8 or float32',
      received: dtype,
    });
  }
  const [port] = ports;
  const own = { scale: port?.scale ?? 1, zeroPoint: port?.zeroPoint ?? 0 };
  const units = dtype === 'int8' ? own : { scale: dtype === 'uint8' ? byteScale : 1, zeroPoint: 0 };
  return inputsOfSamples({ data, shape: sample, count, ...units }, ports, path);
}

function fromRaw(bytes: Uint8Array, ports: readonly PortDescription[], path: string): InputSeries {
  const sizes = ports.map(byteLength);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total === 0 || bytes.length === 0 || bytes.length % total !== 0) {
    throw new WickError({
      what: 'inputs do not fit the model',
      where: path,
      expected: `a multiple of ${total} bytes (${sizes.join(' + ')}), from 1`,
      received: `${bytes.length}`,
    });
  }
  const ends = sizes.map((_, index) => sizes.slice(0, index + 1).reduce((a, b) => a + b, 0));
  return {
    count: bytes.length / total,
    inputsOf: (index) =>
      ports.map(({ dtype }, i) => {
        const end = index * total + (ends[i] as number);
        // A copy, because float32 values need an address that is a multiple of four.
        const { buffer } = Uint8Array.from(bytes.subarray(end - (sizes[i] as number), end));
        return new tensorArrays[dtype](buffer);
      }),
  };
}
