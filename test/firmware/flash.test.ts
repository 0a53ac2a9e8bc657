import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readBoard, readBoards } from '../../src/firmware/boards.ts';
import { type FirmwareDescription, firmwareFolder } from '../../src/firmware/build.ts';
import { parts } from '../../src/firmware/sizes.ts';
import { thisSystem, tools } from '../../src/firmware/tools.ts';
import { flashCommand, flashTools, formatCommand } from '../../src/flash/flash.ts';
import { runWick } from '../support/cli.ts';
import { fakePrograms } from '../support/firmware.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();
/** A build folder with firmware of a board that is real and of one that is not. */
const build = join(folder, 'build', 'net');

async function writeFirmware(path: string, board: string): Promise<void> {
  const bytes = Object.fromEntries(parts.map((part) => [part, 0]));
  const description = {
    ...{ name: 'net', board, engine: 'native', checks: 'none', optimize: 'size' },
    ...{ version: '1.2.3', baud: 115_200, arenaBytes: 0, memoryBytes: 0, weightsBytes: 0 },
    ...{ flashBytes: 0, flash: bytes, ramBytes: 0, ram: bytes, stackBytes: 2048, frames: [] },
  };
  await mkdir(path, { recursive: true });
  await writeFile(
    join(path, 'firmware.json'),
    JSON.stringify(description satisfies Record<keyof FirmwareDescription, unknown>),
  );
}

beforeAll(async () => {
  for (const board of ['nucleo-f446re', 'bluepill-f103', 'netduinoplus2']) {
    await writeFirmware(firmwareFolder(build, board), board);
  }
});

/** A program that writes its arguments, one a line, into a file beside it. */
const recorder = 'for word; do echo "$word"; done > "$0.args"';

/** PATH has only these programs until the test is over. */
async function install(scripts: Readonly<Record<string, string>>): Promise<string> {
  const programs = join(folder, 'programs');
  await rm(programs, { recursive: true, force: true });
  await fakePrograms(programs, scripts);
  return programs;
}

const argumentsOf = async (programs: string, name: string) =>
  (await readFile(join(programs, `${name}.args`), 'utf8')).trimEnd().split('\n');

const firmware = (board: string, format: string) =>
  join(firmwareFolder(build, board), `firmware.${format}`);

describe('wick flash', () => {
  it('runs OpenOCD where that is there, and prints the command', async () => {
    const programs = await install({ openocd: recorder, 'st-flash': recorder });
    const outcome = await runWick('flash', '--board', 'nucleo-f446re', build);
    const elf = firmware('nucleo-f446re', 'elf');
    expect(outcome.code).toBe(0);
    expect(outcome.stdout.split('\n')[0]).toBe(
      `openocd -f board/st_nucleo_f4.cfg -c 'program {${elf}} verify reset exit'`,
    );
    expect(await argumentsOf(programs, 'openocd')).toEqual([
      '-f',
      'board/st_nucleo_f4.cfg',
      '-c',
      `program {${elf}} verify reset exit`,
    ]);
  });

  it.each([
    ['st-flash', ['--reset', 'write', firmware('nucleo-f446re', 'bin'), '0x08000000']],
    ['pyocd', ['flash', '--target', 'stm32f446re', firmware('nucleo-f446re', 'hex')]],
    [
      'dfu-util',
      [
        ...['--device', '0483:df11', '--alt', '0', '--dfuse-address', '0x08000000:leave'],
        ...['-D', firmware('nucleo-f446re', 'bin')],
      ],
    ],
  ])('runs %s where that alone is there', async (tool, expected) => {
    const programs = await install({ [tool]: recorder });
    expect((await runWick('flash', '--board', 'nucleo-f446re', build)).code).toBe(0);
    expect(await argumentsOf(programs, tool)).toEqual(expected);
  });

  it('takes the folder of a firmware as well, and the tool that is asked for', async () => {
    const programs = await install({ openocd: recorder, pyocd: recorder });
    const place = firmwareFolder(build, 'bluepill-f103');
    const { code, stdout } = await runWick(
      ...['flash', '--board', 'bluepill-f103', '--tool', 'pyocd', place, '--json'],
    );
    expect(code).toBe(0);
    const command = ['pyocd', 'flash', '--target', 'stm32f103c8', join(place, 'firmware.hex')];
    expect(JSON.parse(stdout)).toEqual({
      ...{ board: 'bluepill-f103', tool: 'pyocd', command, folder: place, ran: true },
    });
    expect(await argumentsOf(programs, 'pyocd')).toEqual(command.slice(1));
  });

  it('--dry-run prints the command and runs nothing, whether the named tool is there or not', async () => {
    const programs = await install({ openocd: recorder });
    const dry = (...more: readonly string[]) =>
      runWick('flash', '--board', 'nucleo-f446re', build, '--dry-run', ...more);
    expect((await dry()).stdout).toMatch(/^openocd -f [^\n]*\n$/);
    expect((await dry('--tool', 'st-flash')).stdout).toMatch(/^st-flash --reset write [^\n]*\n$/);
    // What was asked for the version has written that; nothing else came.
    expect(await argumentsOf(programs, 'openocd')).toEqual(['--version']);
  });

  const expectRefusal = async (args: readonly string[], line: string | RegExp) => {
    const outcome = await runWick('flash', ...args);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringMatching(line) });
  };

  it('says what to install where no tool is there', async () => {
    await install({});
    await expectRefusal(
      ['--board', 'nucleo-f446re', build],
      `^error: flashing nucleo-f446re: tools are missing: expected openocd, received none of that name on PATH; install: ${tools.openocd.install[thisSystem()]} `,
    );
    await expectRefusal(
      ['--board', 'nucleo-f446re', build, '--tool', 'pyocd'],
      'tools are missing: expected pyocd, received none of that name on PATH; install: pipx install pyocd ',
    );
  });

  it('says what the tool said where it fails', async () => {
    await install({
      openocd:
        'case $1 in --version) echo 0.12.0 ;; *) echo "Info : looking"; echo "Error: open failed" >&2; exit 1 ;; esac',
    });
    await expectRefusal(
      ['--board', 'nucleo-f446re', build],
      /error: openocd -f [^\n]*: openocd failed: received exit code 1, Error: open failed; check that the board is connected, /,
    );
  });

  it('refuses a board that has no firmware there, a firmware of another, and boards that are emulated only', async () => {
    await install({ openocd: recorder });
    await expectRefusal(
      ['--board', 'nucleo-g071rb', build],
      `^error: ${build}: no firmware of nucleo-g071rb; 'wick firmware build --board nucleo-g071rb ${build}' writes it\n$`,
    );
    await expectRefusal(
      ['--board', 'nucleo-g071rb', firmwareFolder(build, 'nucleo-f446re')],
      'firmware is of another board: expected nucleo-g071rb, received nucleo-f446re; ',
    );
    await expectRefusal(
      ['--board', 'netduinoplus2', build],
      "^error: netduinoplus2: board is emulated only; 'wick device info --emulate --board netduinoplus2' starts its firmware in QEMU\n$",
    );
    await expectRefusal(
      ['--board', 'bluepill-f103', build, '--tool', 'dfu-util'],
      '^error: --tool: the tool does not know the board: expected openocd, st-flash, pyocd, received dfu-util\n$',
    );
    // What is Tcl to OpenOCD, however it is quoted.
    const braces = join(folder, 'a} shutdown {b');
    await writeFirmware(braces, 'nucleo-f446re');
    await expectRefusal(
      ['--board', 'nucleo-f446re', braces, '--tool', 'openocd', '--dry-run'],
      '^error: .*: OpenOCD takes no path with braces; copy the folder elsewhere, or name another tool',
    );
    await expectRefusal(['--board', 'arduino', build], '^error: --board: no such board: ');
    await expectRefusal([build], "^error: required option '--board <name>' not specified; ");
  });
});

describe('a flash command', () => {
  it('keeps a path with blanks, quotes and back slashes one word of the shell, and one of Tcl', () => {
    const board = readBoard('nucleo-f446re');
    const command = flashCommand('openocd', board, "C:\\my $dir\\it's");
    expect(command?.at(-1)).toMatch(
      /^program \{C:\/my \$dir\/it's.firmware\.elf\} verify reset exit$/,
    );
    const { stdout } = spawnSync('sh', ['-c', `printf '%s\\n' ${formatCommand(command ?? [])}`], {
      encoding: 'utf8',
    });
    expect(stdout.trimEnd().split('\n')).toEqual(command);
  });

  it('is there for each board that can be bought', () => {
    for (const board of readBoards()) {
      const known = flashTools.filter((tool) => flashCommand(tool, board, 'f') !== undefined);
      const expected = board.qemu
        ? []
        : flashTools.filter((tool) => tool !== 'dfu-util' || board.dfu);
      expect([board.name, known]).toEqual([board.name, expected]);
    }
  });
});

const installOpenocd = 'apt-get install openocd (Debian)';
const hasOpenocd = requireTool('openocd', installOpenocd);

describe.skipIf(!hasOpenocd)(
  titleWithTool("OpenOCD's own check", hasOpenocd, installOpenocd),
  () => {
    /** What OpenOCD says to a configuration and Tcl commands before it looks for hardware. */
    const configure = (files: readonly string[], command: string) =>
      spawnSync('openocd', [...files.flatMap((file) => ['-f', file]), '-c', command], {
        encoding: 'utf8',
      });

    // The chip's family, its core, and OpenOCD's driver of its flash.
    const families = {
      stm32f1x: ['cortex-m3', 'stm32f1x'],
      stm32f4x: ['cortex-m4', 'stm32f2x'],
      stm32f7x: ['cortex-m7', 'stm32f2x'],
      stm32g0x: ['cortex-m0plus', 'stm32l4x'],
      stm32h7x: ['cortex-m7', 'stm32h7x'],
    };

    it.each(readBoards().filter(({ openocd }) => openocd !== undefined))(
      'knows the configuration of $name, with its core and its flash',
      ({ openocd = [], cpu, mcu }) => {
        const { status, stderr } = configure(
          openocd,
          'echo "found [target names] [dict get [lindex [flash list] 0] driver]"; shutdown',
        );
        const [, family, driver] = /^found (stm32\w+)\.cpu0? (\w+)$/m.exec(stderr) ?? [];
        expect([status, stderr]).toEqual([0, expect.stringMatching(/^found /m)]);
        expect([cpu, driver]).toEqual(families[family as keyof typeof families]);
        expect(mcu.toLowerCase().slice(0, 7)).toBe(family?.slice(0, 7));
      },
    );

    it('would notice a configuration that is not there', () => {
      expect(configure(['board/none.cfg'], 'shutdown').status).toBe(1);
    });
  },
);
