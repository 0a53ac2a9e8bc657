import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { firmwareDirectory, readBoard, readBoards } from '../../src/firmware/boards.ts';
import { buildFirmware } from '../../src/firmware/build.ts';
import { type CmakeOptions, runCmake } from '../../src/firmware/cmake.ts';
import type { WriteModel } from '../../src/firmware/engines.ts';
import { parts, readSizes } from '../../src/firmware/sizes.ts';
import { saveGraph } from '../../src/graph/files.ts';
import { modelFlags } from '../../src/native/flags.ts';
import { endWick } from '../support/ended-program.ts';
import { boardApp, canBuild, fakePrograms, installBuildTools } from '../support/firmware.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { smallClassifier } from '../support/networks.ts';
import { titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();
let made = 0;

/** A new empty folder. */
async function newFolder(): Promise<string> {
  const path = join(folder, `${++made} with a blank`);
  await mkdir(path);
  return path;
}

/** Builds an application without a model. */
const build = async (board: string, options: Partial<CmakeOptions> = {}) =>
  await runCmake({
    board: readBoard(board),
    directory: await newFolder(),
    application: boardApp,
    version: '1.2.3',
    name: 'net',
    ...options,
  });

/** An application of one file. */
async function application(source: string): Promise<string> {
  const path = await newFolder();
  await writeFile(join(path, 'main.c'), source);
  return path;
}

/** A word at an address of a firmware. */
const word = (bin: Uint8Array, offset: number) => Buffer.from(bin).readUInt32LE(offset);

const title = (text: string) => titleWithTool(text, canBuild, installBuildTools);

describe.skipIf(!canBuild)(title('a firmware'), () => {
  it.each(readBoards())('of $name is built without a warning', async (board) => {
    const { bin, map, hex, elf } = await build(board.name);
    // The vectors stand first: the initial stack pointer, and the odd address of the reset handler.
    expect(word(bin, 0)).toBe(Number(board.ramOrigin) + board.stackBytes);
    expect(word(bin, 4) % 2).toBe(1);
    expect(word(bin, 4) - Number(board.flashOrigin)).toBeLessThan(bin.length);
    expect(Buffer.from(hex).toString()).toMatch(/^:.*:00000001FF\s*$/s);
    expect(Buffer.from(elf).subarray(1, 4).toString()).toBe('ELF');

    // What the map says adds up to what is flashed; all of it is someone's.
    const sizes = readSizes(Buffer.from(map).toString(), board);
    expect(sizes.flashBytes).toBe(bin.length);
    expect(sizes.flash.app).toBeGreaterThan(300);
    expect(sizes.flash.board).toBeGreaterThan(500);
    expect(sizes.flash).toMatchObject({ engine: 0, model: 0, weights: 0 });
    // The ring of received bytes.
    expect(sizes.ram.board).toBeGreaterThan(512);
    expect(sizes.ramBytes).toBe(parts.reduce((sum, part) => sum + sizes.ram[part], 0));
    expect(sizes.stackBytes).toBe(board.stackBytes);
  });

  it('is the same, byte for byte, wherever it is built', async () => {
    const [first, second] = [await build('netduinoplus2'), await build('netduinoplus2')];
    expect(Buffer.from(first.bin).equals(second.bin)).toBe(true);
  });

  it('says which functions take the most of the stack', async () => {
    const { frames } = await build('netduinoplus2');
    // Its frame holds 64 words.
    expect(frames[0]?.function).toMatch(/^use_stack/);
    expect(frames[0]?.bytes).toBeGreaterThanOrEqual(256);
    expect(frames.map((frame) => frame.function)).toContain('receive_interrupt');
    const bytes = frames.map((frame) => frame.bytes);
    expect(bytes).toEqual([...bytes].sort((a, b) => b - a));
  });

  it('reports how far it is', async () => {
    const steps: number[] = [];
    await build('netduinoplus2', { onProgress: (done) => steps.push(done) });
    expect(steps.at(-1)).toBe(1);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });

  // QEMU has more RAM than the chip; the linker script has not.
  it('that needs more RAM or flash than its board is refused with the figures', async () => {
    const app = (array: string) =>
      application(`#include "board.h"
${array};
int main(void) { return big[board_ticks()]; }`);
    await expect(
      build('bluepill-f103', { application: await app('const char big[100000] = {1}') }),
    ).rejects.toThrow(
      /^net: firmware does not fit the flash of bluepill-f103: expected at most 65,536 B \(STM32F103C8\), received 10\d,\d\d\d B; use a smaller model or a board with more$/,
    );
    await expect(
      build('nucleo-g071rb', { application: await app('volatile char big[100000]') }),
    ).rejects.toThrow(
      /^net: firmware does not fit the RAM of nucleo-g071rb: expected at most 36,864 B \(STM32G071RB\), received 10\d,\d\d\d B; /,
    );
  });

  it('whose code is wrong is refused with what the compiler said', async () => {
    const wrong = await application('int main(void) { return nothing; }');
    await expect(build('netduinoplus2', { application: wrong })).rejects.toThrow(
      /^net: firmware does not build: received .*main\.c:1:25: error: 'nothing' undeclared.*; 'wick firmware doctor' shows the versions of the tools$/,
    );
    await expect(build('netduinoplus2', { application: await newFolder() })).rejects.toThrow(
      'firmware does not build: received No SOURCES given to target: wick_app; ',
    );
    // A warning is an error.
    const careless = await application('int main(void) { int unused; return 0; }');
    await expect(build('netduinoplus2', { application: careless })).rejects.toThrow('unused');
  });

  it('is not begun where the model cannot fit, and leaves nothing behind', async () => {
    const out = join(folder, 'refused');
    const options = {
      board: readBoard('bluepill-f103'),
      engine: 'native',
      checks: 'none',
      optimize: 'speed',
      version: '1.2.3',
    } as const;
    const figures = { arenaBytes: 30_000, memoryBytes: 30_016, weightsBytes: 9, codeFiles: [] };
    // Without its C there is nothing to compile: the refusal comes first.
    const writeModel = vi.fn<WriteModel>(async () => figures);
    await expect(
      buildFirmware(smallClassifier(1), out, { ...options, writeModel }),
    ).rejects.toThrow('model does not fit the RAM of bluepill-f103');
    expect([...(await readFolder(out)).keys()]).toEqual([]);
    expect(writeModel.mock.calls[0]?.[2]).toEqual({
      ...{ checks: 'none', optimize: 'speed', cpu: 'cortex-m3' },
    });
  });
});

it('a build that is ended leaves neither cmake nor its files behind', async () => {
  const [graph, pidFile, temporary] = ['model.wick.json', 'pid', 'temporary'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await saveGraph(smallClassifier(1), graph);
  await mkdir(temporary);
  await fakePrograms(join(folder, 'endless'), {
    cmake: `case $1 in --version) echo cmake version 3.25.1 ;; *) echo $$ > '${pidFile}'; exec /bin/sleep 1000 ;; esac`,
    ninja: 'echo 1.11.1',
    'arm-none-eabi-gcc': 'case $1 in -print*) echo /nano.specs ;; *) echo gcc 12.2.1 ;; esac',
  });
  const args = ['firmware', 'build', '--board', 'netduinoplus2', graph];
  await endWick(args, pidFile, { TMPDIR: temporary });
  expect(await readdir(temporary)).toEqual([]);
});

describe('building without the tools', () => {
  it('names those that are missing and what installs them', async () => {
    await fakePrograms(join(folder, 'no tools'), { cmake: 'echo cmake version 3.25.1' });
    await expect(build('netduinoplus2')).rejects.toThrow(
      /^building a firmware: tools are missing: expected arm-none-eabi-gcc, ninja, received none of that name on PATH; install: /,
    );
  });

  it('names the C library where the compiler has come without it', async () => {
    await fakePrograms(join(folder, 'no newlib'), {
      cmake: 'echo cmake version 3.25.1',
      ninja: 'echo 1.11.1',
      // GCC prints the name alone of a file that it does not find.
      'arm-none-eabi-gcc': 'case $1 in -print*) echo nano.specs ;; *) echo gcc 12.2.1 ;; esac',
    });
    await expect(build('netduinoplus2')).rejects.toThrow(
      /^arm-none-eabi-gcc: the compiler lacks its C library, newlib: /,
    );
  });
});

it('compiles the generated code with the flags that were measured', async () => {
  const cmake = await readFile(join(firmwareDirectory, 'CMakeLists.txt'), 'utf8');
  expect(/model_flags ([^)]+)\)/.exec(cmake)?.[1]?.split(/\s+/)).toEqual(modelFlags);
});
