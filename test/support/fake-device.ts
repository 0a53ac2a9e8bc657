import { type Device, openDevice } from '../../src/device/device.ts';
import { createRandom } from '../../src/random.ts';
import { fakeInference, fakePorts, startFakeFirmware } from './fake-firmware.ts';

/** How the line and what is at its end may be, see {@link startFakeFirmware}. */
type Options = Parameters<typeof startFakeFirmware>[1];

/** Runs a task with the firmware of a program, and fails where the sanitizers have anything to say. */
export async function withFakeDevice<T>(
  program: string,
  task: (device: Device) => Promise<T>,
  options: Options = {},
): Promise<T> {
  const device = await openDevice(startFakeFirmware(program, options), {
    retry: 20,
    longRetry: 20,
  });
  try {
    return await task(device);
  } finally {
    await device.close();
  }
}

/** Bytes of a seed that make no inference go wrong. */
const bytesOf = (seed: number, count: number) => {
  const random = createRandom(seed);
  // The first byte is none of those that make an inference go wrong.
  return Uint8Array.from({ length: count }, (_, i) => (i === 0 ? 1 : random.integer(256)));
};

/** Runs an inference on the inputs of a seed, and gives both outputs. */
export async function infer(device: Device, seed: number): Promise<Uint8Array[]> {
  const inputs = fakePorts.inputs.map((bytes, i) => bytesOf(2 * seed + i, bytes));
  for (const [i, input] of inputs.entries()) await device.writeInput(i, input);
  await device.infer();
  const outputs: Uint8Array[] = [];
  for (const [i, bytes] of fakePorts.outputs.entries())
    outputs.push(await device.readOutput(i, bytes));
  return outputs;
}

/** What {@link infer} is to give, of the inference of this number since the model was loaded. */
export const expectedOf = (seed: number, inferences: number) => [
  ...fakeInference(bytesOf(2 * seed, 600), bytesOf(2 * seed + 1, 5), inferences),
];
