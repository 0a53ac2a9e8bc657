import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { openDevice } from '../../src/device/device.ts';
import { startEmulator } from '../../src/device/emulator.ts';
import { firmwareFolder } from '../../src/firmware/build.ts';
import { runWick } from '../support/cli.ts';
import { endWick, isRunning } from '../support/ended-program.ts';
import type { ModelFacts } from '../support/fake-firmware.ts';
import { canBuild, fakePrograms, installBuildTools } from '../support/firmware.ts';
import { temporaryFolder } from '../support/folder.ts';
import { buildReluFirmware, writeReluBuild } from '../support/relu-build.ts';
import { tinyDataset, writeDataset } from '../support/tiny-project.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const install = 'apt-get install qemu-system-arm (Debian)';
const hasQemu = requireTool('qemu-system-arm', install);
const folder = await temporaryFolder();
const [board, otherBoard] = ['netduinoplus2', 'mps2-an386'] as const;
const build = join(folder, 'build');
const elf = join(firmwareFolder(build, board), 'firmware.elf');
let facts: ModelFacts;

beforeAll(async () => {
  facts = await writeReluBuild(build, 'y');
  if (!canBuild) return;
  for (const name of [board, otherBoard]) await buildReluFirmware(build, name, facts);
});

const wick = (verb: string, ...args: readonly string[]) =>
  runWick('device', verb, '--emulate', '--board', board, ...args);
const start = async () => {
  const transport = await startEmulator(elf, board);
  return { pid: transport.pid, device: await openDevice(transport) };
};

describe.skipIf(!canBuild || !hasQemu)(
  titleWithTool('wick device --emulate', canBuild && hasQemu, `${installBuildTools}, ${install}`),
  () => {
    it('talks to the firmware of the board', async () => {
      const { stdout, stderr } = await wick('info', build, '--self-test', 'crc32', '--json');
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({
        ...{ board, engine: 'relu', modelSha256: facts.sha256, ticksHz: 0, start: 'power on' },
        selfTest: { kind: 'crc32', isSound: true },
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
      // How deep the stack gets hangs on when a byte comes in.
      expect(second).toEqual({ ...first, stackUsedBytes: second.stackUsedBytes });
      expect(first.unit).toBe('instructions');
      // A few for each of the 64 values.
      expect(first.ticks).toBeGreaterThan(64);
      expect(first.ticks).toBeLessThan(64 * 20);
      expect(first.stackUsedBytes).toBeLessThan(first.stackBytes);
    });

    it('verifies on another board', async () => {
      const args = ['--emulate', '--board', otherBoard, build, '--data', join(folder, 'data')];
      await writeDataset(join(folder, 'data'), tinyDataset);
      const { stdout, stderr } = await runWick('device', 'verify', ...args);
      expect(stderr).toBe('');
      expect(stdout).toContain(
        `relu on QEMU (${otherBoard}): the 3,840 output bytes of 60 samples are the host's`,
      );
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

    it('says where the core faulted, and the next inference is right', async () => {
      const { device } = await start();
      // The fake engine reads from an address where there is nothing.
      await device.writeInput(0, Uint8Array.of(0x57));
      await expect(device.infer()).rejects.toThrow(
        /infer: the device has started anew.*: received a start after: fault at 0x0800[0-9a-f]{4}; try again/,
      );
      await device.writeInput(0, Uint8Array.of(1, 200));
      await device.infer();
      expect(await device.readOutput(0, 2)).toEqual(Uint8Array.of(1, 236));
      await device.close();
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

it('ends QEMU where the program itself is ended', async () => {
  const pidFile = join(folder, 'pid');
  await mkdir(dirname(elf), { recursive: true });
  await writeFile(elf, '', { flag: 'a' });
  // It neither reads nor answers, so that only a signal ends it.
  await fakePrograms(join(folder, 'programs'), {
    'qemu-system-arm': `echo $$ > '${pidFile}'; exec /bin/sleep 1000`,
  });
  await endWick(['device', 'info', '--emulate', '--board', board, build], pidFile);
});

it.skipIf(!canBuild)('without QEMU says how to get it', async () => {
  await fakePrograms(join(folder, 'empty'), {});
  await expect(startEmulator(elf, board)).rejects.toThrow(
    "'qemu-system-arm' is missing or cannot be started; 'wick firmware doctor' says how to get it",
  );
});
