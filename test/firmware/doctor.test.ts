import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { examine } from '../../src/firmware/doctor.ts';
import { thisSystem, tools } from '../../src/firmware/tools.ts';
import { runWick } from '../support/cli.ts';
import { fakePrograms } from '../support/firmware.ts';
import { temporaryFolder } from '../support/folder.ts';

const folder = await temporaryFolder();
let made = 0;

/** PATH has only these programs until the test is over. */
const install = (scripts: Readonly<Record<string, string>>) =>
  fakePrograms(join(folder, `programs ${++made}`), scripts);

const gcc = (specs: string) =>
  `case $1 in -print*) echo ${specs} ;; *) echo "arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1"; echo "Copyright 2022" ;; esac`;

const builders = {
  'arm-none-eabi-gcc': gcc('/usr/lib/nano.specs'),
  cmake: 'echo cmake version 3.25.1',
};

describe('wick firmware doctor', () => {
  it('knows each tool with its version, on whichever stream that comes', async () => {
    await install({
      ...builders,
      ninja: 'echo 1.11.1',
      openocd: 'echo "Open On-Chip Debugger 0.12.0" >&2',
    });
    const versions = Object.fromEntries(
      examine().tools.map(({ tool, version }) => [tool, version]),
    );
    expect(versions).toEqual({
      'arm-none-eabi-gcc': 'arm-none-eabi-gcc (15:12.2.rel1-1) 12.2.1',
      newlib: 'nano',
      cmake: 'cmake version 3.25.1',
      ninja: '1.11.1',
      make: null,
      'qemu-system-arm': null,
      openocd: 'Open On-Chip Debugger 0.12.0',
      'st-flash': null,
      pyocd: null,
      'dfu-util': null,
    });
  });

  it('says what one is ready to do: either of ninja and make will do, and either tool to flash', async () => {
    const ready = async (scripts: Readonly<Record<string, string>>) => {
      await install(scripts);
      return examine().ready;
    };
    expect(await ready({})).toEqual({ build: false, emulate: false, flash: false });
    expect(await ready(builders)).toMatchObject({ build: false });
    expect(await ready({ ...builders, ninja: 'echo 1.11.1' })).toMatchObject({ build: true });
    const make = { ...builders, make: 'echo GNU Make 4.3' };
    expect(await ready(make)).toMatchObject({ build: true });
    for (const needed of Object.keys(builders)) {
      const without = Object.entries(make).filter(([name]) => name !== needed);
      expect(await ready(Object.fromEntries(without))).toMatchObject({ build: false });
    }
    // Homebrew's package of the compiler alone has no C library.
    const bare = { ...make, 'arm-none-eabi-gcc': gcc('nano.specs') };
    expect(await ready(bare)).toMatchObject({ build: false });
    expect(await ready({ 'qemu-system-arm': 'echo 7.2.22', 'dfu-util': 'echo 0.11' })).toEqual({
      ...{ build: false, emulate: true, flash: true },
    });
  });

  it('prints how to get what is missing on each system, and only that', async () => {
    await install({ ...builders, make: 'echo GNU Make 4.3' });
    const { code, stdout } = await runWick('firmware', 'doctor');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ cmake +build +cmake version 3\.25\.1 *$/m);
    expect(stdout).toMatch(/^ qemu-system-arm +emulate +missing *$/m);
    for (const heading of ['Debian', 'macOS', 'Windows']) {
      expect(stdout).toMatch(new RegExp(`^${heading}:$`, 'm'));
    }
    for (const system of ['debian', 'macos', 'windows'] as const) {
      expect(stdout).toContain(`  ${tools['qemu-system-arm'].install[system]}\n`);
      expect(stdout).not.toContain(`  ${tools.cmake.install[system]}\n`);
    }
    expect(stdout).toMatch(/^Ready to: build yes, emulate no, flash no\./m);
  });

  it('prints the same as JSON', async () => {
    await install(builders);
    const { stdout } = await runWick('firmware', 'doctor', '--json');
    expect(JSON.parse(stdout)).toEqual(examine());
  });

  it('knows this system', () => {
    expect(thisSystem('darwin')).toBe('macos');
    expect(thisSystem('win32')).toBe('windows');
    expect(thisSystem('linux')).toBe('debian');
  });
});
