import { basename } from 'node:path';
import type { PortDescription } from '../compile/description.ts';
import type { Samples } from '../data/dataset.ts';
import { readIdx } from '../data/idx.ts';
import { samplesOf } from '../data/load.ts';
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
 *
 * @param scale the real value of one step of an IDX file, where it is another
 */
export function inputsOfFile(
  bytes: Uint8Array,
  ports: readonly PortDescription[],
  path: string,
  scale?: number,
): InputSeries {
  if (/idx\d/.test(basename(path))) return fromIdx(bytes, ports, path, scale);
  if (scale === undefined) return fromRaw(bytes, ports, path);
  throw new WickError({
    what: 'a scale is for IDX files only: raw values are as the model takes them',
    where: path,
  });
}

function fromIdx(
  bytes: Uint8Array,
  ports: readonly PortDescription[],
  path: string,
  scale: number | undefined,
): InputSeries {
  const samples = samplesOf(readIdx(bytes, path), path);
  if (scale !== undefined) {
    return inputsOfSamples({ ...samples, scale, zeroPoint: 0 }, ports, path);
  }
  const [port] = ports;
  const own = samples.data instanceof Int8Array && port?.dtype === 'int8' ? port : samples;
  const { scale: step, zeroPoint } = own;
  return inputsOfSamples({ ...samples, scale: step, zeroPoint }, ports, path);
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
