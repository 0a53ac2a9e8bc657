import { WickError } from '../errors.ts';
import type { ActivationData } from '../graph/types.ts';
import type { Device } from './device.ts';
import { expectSameModel, type HostModel, inferOn } from './host-model.ts';

/** What was compared with the host's, byte for byte. */
export interface DeviceVerification {
  readonly samples: number;
  /** Bytes of all outputs of all samples. */
  readonly outputBytes: number;
  /** Of the samples' inferences: the least and the most. */
  readonly ticks: { readonly least: number; readonly most: number };
}

/**
 * Proves that a device gives the same output bytes as the host for all samples, one after another; a stateful model starts
 * anew before the first. `inputsOf` gives the inputs of a sample. Throws a WickError that names the sample and the output
 * at the first byte that differs, where the device holds another model or fails, and where there is no sample.
 */
export async function verifyDevice(
  device: Device,
  host: HostModel,
  samples: {
    readonly count: number;
    readonly inputsOf: (sample: number) => readonly ActivationData[];
  },
  onProgress: (done: number, text: string) => void = () => {},
): Promise<DeviceVerification> {
  const { count, inputsOf } = samples;
  if (count === 0) {
    throw new WickError({
      what: 'nothing to verify with',
      where: device.where,
      expected: 'at least one sample',
      received: 'none',
    });
  }
  await expectSameModel(device, host);
  await device.load();
  host.model.reset();
  let outputBytes = 0;
  let [least, most] = [Infinity, 0];
  for (let sample = 0; sample < count; sample++) {
    const inputs = inputsOf(sample);
    const { outputs, ticks } = await inferOn(device, host, inputs);
    host.model.infer(inputs).forEach((expected, index) => {
      expectEqual(`${device.where}, sample ${sample}, output ${index}`, outputs[index], expected);
      outputBytes += expected.byteLength;
    });
    [least, most] = [Math.min(least, ticks), Math.max(most, ticks)];
    onProgress((sample + 1) / count, `${sample + 1}/${count}`);
  }
  return { samples: count, outputBytes, ticks: { least, most } };
}

function expectEqual(
  where: string,
  actual: ActivationData | undefined,
  expected: ActivationData,
): void {
  const bytesOf = ({ buffer, byteOffset, byteLength }: ActivationData) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  // By their bytes: a float32 has more than one zero and NaN.
  const [a, b] = [bytesOf(actual ?? new Int8Array(0)), bytesOf(expected)];
  const index = b.findIndex((value, i) => value !== a[i]);
  if (index < 0) return;
  const element = Math.floor(index / expected.BYTES_PER_ELEMENT);
  throw new WickError({
    what: `value ${element} differs from the host's`,
    where,
    expected: `${expected[element]}`,
    received: `${actual?.[element]}`,
    hint: 'this is a bug in wick: please report it with the model',
  });
}
