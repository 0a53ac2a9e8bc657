import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBoards } from '../../src/firmware/boards.ts';
import { runCmake } from '../../src/firmware/cmake.ts';
import { createRandom } from '../../src/random.ts';
import {
  boardApp,
  canBuild,
  type Emulated,
  emulate,
  installBuildTools,
} from '../support/firmware.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const install = 'apt-get install qemu-system-arm (Debian)';
const hasQemu = requireTool('qemu-system-arm', install);
const folder = await temporaryFolder();
const boards = readBoards().flatMap(({ qemu, ...board }) =>
  qemu === undefined ? [] : [{ ...board, qemu }],
);

it('there are emulated boards', () => {
  expect(boards.map(({ name }) => name)).toEqual([
    'mps2-an385',
    'mps2-an386',
    'mps2-an500',
    'netduinoplus2',
  ]);
});

// No machine of QEMU's has a Cortex-M0+ and these peripherals; a Cortex-M3 runs its code.
const asM0 = boards
  .filter(({ cpu }) => cpu === 'cortex-m3')
  .map((board) => ({ ...board, as: 'cortex-m0plus' as const }));
const runs = [...boards.map((board) => ({ ...board, as: board.cpu })), ...asM0];

describe.skipIf(!canBuild || !hasQemu).each(runs)(
  titleWithTool(
    '$name in QEMU, compiled for $as',
    canBuild && hasQemu,
    `${installBuildTools}, ${install}`,
  ),
  (board) => {
    let device: Emulated;

    beforeAll(async () => {
      const { elf } = await runCmake({
        board,
        cpu: board.as,
        directory: join(folder, `${board.name} ${board.as}`),
        application: boardApp,
        version: '1.2.3',
        name: 'board-app',
      });
      const path = join(folder, `${board.name} ${board.as}.elf`);
      await writeFile(path, elf);
      device = emulate(board.qemu.machine, path);
    });

    afterAll(() => device?.stop());

    /** Expects what a start says. Variables have their initial values again (41 and 0, one more each). */
    async function expectStart(reason: number): Promise<void> {
      expect(await device.line()).toBe(`start ${board.name} reason ${reason}`);
      expect(await device.line()).toBe('variables 43');
    }

    const ask = async (command: string) => {
      device.send(command);
      return await device.line();
    };

    it('starts, with its name, after power on', async () => {
      await expectStart(0);
    });

    it('counts instructions', async () => {
      // 100,000 turns of three, and what reads the counter; one board counts to the next 40.
      const ticks = Number((await ask('t')).replace('ticks ', ''));
      expect(Math.abs(ticks - 300_000)).toBeLessThan(60);
    });

    it('knows the most stack that was in use', async () => {
      const before = Number((await ask('s')).replace('before ', ''));
      const after = Number((await device.line()).replace('after ', ''));
      expect(before).toBeLessThan(200);
      // Four frames of 64 words, and what each saves.
      expect(after - before).toBeGreaterThanOrEqual(4 * 256 - before);
      expect(after).toBeLessThan(4 * 256 + 4 * 32 + before);
      expect(await ask('b')).toBe(`stack ${board.stackBytes}`);
    });

    it('loses no byte of those that come while it is busy, nor of more than its ring holds', async () => {
      const random = createRandom(7);
      const bytes = Uint8Array.from({ length: 5000 }, () => random.integer(256));
      device.send('e');
      device.send(Uint8Array.of(bytes.length & 255, bytes.length >> 8));
      device.send(bytes);
      expect((await device.take(bytes.length)).equals(bytes)).toBe(true);
    });

    it('starts over when it is told to, and says so', async () => {
      device.send('r');
      await expectStart(1);
      expect(await ask('w')).toBe('where no');
    });

    it('starts over after a fault, and knows where it was', async () => {
      device.send('f');
      await expectStart(2);
      expect(await ask('w')).toBe('where yes');
    });

    it('starts over when the stack outgrows its place, before that overwrites a variable', async () => {
      device.send('o');
      await expectStart(3);
      expect(await ask('t')).toMatch(/^ticks /);
    });
  },
);
