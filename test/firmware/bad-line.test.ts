import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/device/device.ts';
import { createRandom } from '../../src/random.ts';
import { expectedOf, infer, withFakeDevice } from '../support/fake-device.ts';
import { buildFakeFirmware, type Distort, hasGcc, misfortune } from '../support/fake-firmware.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = await temporaryFolder();
let program = '';
beforeAll(() => {
  if (hasGcc) program = buildFakeFirmware(folder);
});
const withDevice = <T>(
  task: (device: Device) => Promise<T>,
  options: Parameters<typeof withFakeDevice>[2] = {},
): Promise<T> => withFakeDevice(program, task, options);

const noise = (random: () => number, count: number) => Uint8Array.from({ length: count }, random);

/** A line that now and then loses, doubles or damages what it carries, or brings noise; the same for the same seed. */
function badLine(seed: number): Distort {
  const random = createRandom(seed);
  const often = (one: number) => random.integer(one) === 0;
  const any = () => random.integer(256);
  return (bytes) => {
    if (often(16)) return new Uint8Array(0);
    const parts: Uint8Array[] = [];
    if (often(16)) parts.push(noise(any, 1 + random.integer(40)));
    const copy = Uint8Array.from(bytes);
    if (often(16)) copy[random.integer(copy.length)] = any();
    parts.push(often(16) ? copy.subarray(0, random.integer(copy.length)) : copy);
    if (often(16)) parts.push(bytes);
    if (often(30)) parts.push(noise(() => 1 + random.integer(255), 2000));
    return Uint8Array.from(Buffer.concat(parts));
  };
}

describe.skipIf(!hasGcc)('a bad line', () => {
  it('costs time only: each inference is run once, on what was sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), (seed) =>
        withDevice(
          async (device) => {
            for (let i = 1; i <= 3; i++) {
              expect(await infer(device, seed + i)).toEqual(expectedOf(seed + i, i));
            }
            expect(await device.runLayer(1)).toBe(200);
            expect((await device.statistics()).inferences).toBe(3);
          },
          { toDevice: badLine(seed), toHost: badLine(seed + 1) },
        ),
      ),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it('on which a host asks again while the device computes has one answer', () =>
    withDevice(async (device) => {
      await device.writeInput(0, Uint8Array.of(misfortune.slow));
      expect(await device.infer()).toBe(1000);
      expect(await infer(device, 1)).toEqual(expectedOf(1, 2));
    }));
});
