import { expect, it } from 'vitest';
import { openDevice } from '../../src/device/device.ts';
import { openSerial } from '../../src/device/serial.ts';
import {
  buildFakeFirmware,
  hasGcc,
  misfortune,
  startOnTerminal,
} from '../support/fake-firmware.ts';
import { temporaryFolder } from '../support/folder.ts';
import { titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();

it.skipIf(!hasGcc)(
  titleWithTool('a board that is unplugged is missed at once', hasGcc, 'apt-get install gcc'),
  async () => {
    const { port, stop } = await startOnTerminal(buildFakeFirmware(folder));
    const device = await openDevice(await openSerial(port, 115_200));
    await device.writeInput(0, Uint8Array.of(misfortune.slow));
    const infer = device.infer();
    setTimeout(stop, 50);
    await expect(infer).rejects.toThrow(
      `${port}: serial port was closed during 'infer': received a device that was unplugged; check the cable`,
    );
    await device.close();
    await expect(openSerial(port, 115_200)).rejects.toThrow(
      `${port}: serial port cannot be opened: received No such file or directory`,
    );
  },
);
