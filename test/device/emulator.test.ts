import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../src/device/device.ts';
import { startEmulator } from '../../src/device/emulator.ts';
import { firmwareFolder } from '../../src/firmware/build.ts';
import { runWick } from '../support/cli.ts';
import type { ModelFacts } from '../support/fake-firmware.ts';
import { canBuild, fakePrograms, installBuildTools } from '../support/firmware.ts';
import { temporaryFolder } from '../support/folder.ts';
import { buildReluFirmware, writeReluBuild } from '../support/relu-build.ts';
import { tinyDataset, writeDataset } from '../support/tiny-project.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const install = 'apt-get install qemu-system-arm (Debian)';
const hasQemu = requireTool('qemu-system-arm', install);
const folder = await temporaryFolder();
const board = 'netduinoplus2';
const build = join(folder, 'build');
const elf = join(firmwareFolder(build, board), 'firmware.elf');
let facts: ModelFacts;

beforeAll(async () => {
  facts = await writeReluBuild(build, 'y');
  if (canBuild) await buildReluFirmware(build, board, facts);
});

const wick = (verb: string, ...args: readonly string[]) =>
  runWick('device', verb, '--emulate', '--board', board, ...args);
const start = async () => {
  const transport = await startEmulator(elf, board);
  return { pid: transport.pid, device: await openDevice(transport) };
};
const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe.skipIf(!canBuild || !hasQemu)(
  titleWithTool('wick device --emulate', canBuild && hasQemu, `${installBuildTools}, ${install}`),
  () => {
    it('talks to the firmware of the board', async () => {
      const { stdout, stderr } = await wick('info', build, '--self-test', 'crc32', '--json');
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ board, engine: 'relu', modelSha256: facts.sha256, ticksHz: 0, start: 'power on' },
        ...{ damagedFrames: 0, selfTest: { isSound: true } },
      });
    });

    it('verifies every byte, and counts the same instructions each time', async () => {
      const data = join(folder, 'data');
      await writeDataset(data, tinyDataset);
      const { stdout, stderr } = await wick('verify', build, '--data', data, '--json');
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ board, samples: 60, outputBytes: 60 * 64 });

      const bench = async () => JSON.parse((await wick('bench', build, '--json')).stdout);
      const [first, second] = [await bench(), await bench()];
      expect(second).toEqual(first);
      expect(first.unit).toBe('instructions');
      // A few for each of the 64 values.
      expect(first.ticks).toBeGreaterThan(64);
      expect(first.ticks).toBeLessThan(64 * 20);
      expect(first.stackUsedBytes).toBeLessThan(first.stackBytes);
    });

    it('says at once that QEMU ended in the middle of an inference', async () => {
      const { pid, device } = await start();
      // The fake engine never ends on this one.
      await device.writeInput(0, Uint8Array.of(0x55));
      const infer = device.infer();
      setTimeout(() => process.kill(pid, 'SIGKILL'), 100);
      await expect(infer).rejects.toThrow(
        `QEMU (${board}): QEMU ended during 'infer': received signal SIGKILL`,
      );
      await expect(device.statistics()).rejects.toThrow('QEMU ended');
      await device.close();
    });

    it('gives up on an inference that takes too long, and QEMU goes', async () => {
      const inputs = join(folder, 'endless.bin');
      await writeFile(inputs, new Uint8Array(64).fill(0x55));
      const { code, stderr } = await wick('verify', build, '--inputs', inputs, '--timeout', '1');
      expect(code).toBe(1);
      expect(stderr).toContain(`device does not answer: expected an answer to 'infer', received`);
    });

    it('leaves no process behind', async () => {
      const { pid, device } = await start();
      expect(isRunning(pid)).toBe(true);
      await device.close();
      expect(isRunning(pid)).toBe(false);
    });

    it('resets the board, which answers again', async () => {
      const { device } = await start();
      expect((await device.reset()).start).toBe('reset');
      await device.close();
    });

    it('says what QEMU says where it does not start', async () => {
      const garbage = join(folder, 'garbage.elf');
      await writeFile(garbage, 'no ELF');
      await expect(openDevice(await startEmulator(garbage, 'no-machine'))).rejects.toThrow(
        /^QEMU \(no-machine\): QEMU ended during 'identify': received .*unsupported machine type/,
      );
    });
  },
);

it.skipIf(!canBuild)('without QEMU says how to get it', async () => {
  await fakePrograms(join(folder, 'empty'), {});
  await expect(startEmulator(elf, board)).rejects.toThrow(
    "'qemu-system-arm' is missing or cannot be started; 'wick firmware doctor' says how to get it",
  );
});
