import { beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/device/device.ts';
import { status } from '../../src/device/status.ts';
import { expectedOf, infer, withFakeDevice } from '../support/fake-device.ts';
import { buildFakeFirmware, hasGcc, misfortune } from '../support/fake-firmware.ts';
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

describe.skipIf(!hasGcc)('a model that cannot be used', () => {
  it('of another ABI version is refused, and the firmware says so', () =>
    withDevice(
      async (device) => {
        expect(device.identity).toMatchObject({ abiVersion: 7, loadStatus: status.badAbi });
        const refusal =
          /^fake line, infer: the model on the device was made for another ABI version/;
        await expect(device.infer()).rejects.toThrow(refusal);
        await expect(device.ports()).rejects.toThrow('another ABI version');
        await expect(device.load()).rejects.toThrow('another ABI version');
        expect((await device.statistics()).inferences).toBe(0);
      },
      { env: { WICK_ABI: '7' } },
    ));

  it.each([0, 517, 999])(
    'with one bit of weight %d wrong is refused, and both digests tell',
    (index) =>
      withDevice(
        async (device) => {
          expect(device.identity.loadStatus).toBe(status.badWeights);
          const refusal =
            /^fake line, write input 0: the weights on the device are corrupted; flash/;
          await expect(device.writeInput(0, new Uint8Array(1))).rejects.toThrow(refusal);
          await expect(device.infer()).rejects.toThrow('corrupted');
          expect((await device.selfTest('crc32')).isSound).toBe(false);
          expect((await device.selfTest('sha256')).isSound).toBe(false);
        },
        { env: { WICK_CORRUPT: `${index}` } },
      ),
  );

  it('because it traps is loaded again, and the next inference is right', () =>
    withDevice(async (device) => {
      await infer(device, 1);
      await device.writeInput(0, Uint8Array.of(misfortune.trap));
      await expect(device.infer()).rejects.toThrow(
        'fake line, infer: the model trapped on the device',
      );
      expect(await infer(device, 4)).toEqual(expectedOf(4, 1));
    }));

  it('because the core faults in it leaves a device that has started anew and says why', () =>
    withDevice(async (device) => {
      await device.writeInput(0, Uint8Array.of(misfortune.fault));
      await expect(device.infer()).rejects.toThrow(
        'fake line, infer: the device has started anew, so that what it was given is lost: received a start after: fault at 0x0800abcd; try again',
      );
      expect(await infer(device, 5)).toEqual(expectedOf(5, 1));
    }));

  it('because of the device itself can be reset', () =>
    withDevice(async (device) => {
      await infer(device, 1);
      expect(await device.reset()).toMatchObject({ start: 'reset', model: 'fake model' });
      expect(await infer(device, 6)).toEqual(expectedOf(6, 1));
    }));
});
