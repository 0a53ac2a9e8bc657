import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { boardNames, firmwareDirectory, readBoard, readBoards } from '../../src/firmware/boards.ts';
import { runWick } from '../support/cli.ts';
import { thrownMessage } from '../support/thrown.ts';

describe('the boards', () => {
  it('are the emulated ones and those of four families of chips', () => {
    expect(boardNames()).toEqual([
      'bluepill-f103',
      'mps2-an385',
      'mps2-an386',
      'mps2-an500',
      'netduinoplus2',
      'nucleo-f446re',
      'nucleo-g071rb',
      'nucleo-h743zi',
      'stm32f746g-disco',
    ]);
  });

  it('have the memory of their chips', () => {
    const kilobytes = readBoards().map(({ name, flashBytes, ramBytes }) => [
      name,
      flashBytes / 1024,
      ramBytes / 1024,
    ]);
    expect(kilobytes).toEqual([
      ['bluepill-f103', 64, 20],
      ['mps2-an385', 4096, 4096],
      ['mps2-an386', 4096, 4096],
      ['mps2-an500', 4096, 4096],
      ['netduinoplus2', 1024, 128],
      ['nucleo-f446re', 512, 128],
      ['nucleo-g071rb', 128, 36],
      ['nucleo-h743zi', 2048, 512],
      ['stm32f746g-disco', 1024, 320],
    ]);
  });

  it('have the sources that they name, and a preset of cmake each', () => {
    const presets = JSON.parse(
      readFileSync(join(firmwareDirectory, 'CMakePresets.json'), 'utf8'),
    ) as Record<string, { name: string; hidden?: boolean; cacheVariables?: object }[]>;
    for (const { name, sources } of readBoards()) {
      const folder = join(firmwareDirectory, 'boards');
      expect([name, sources.filter((file) => !existsSync(join(folder, file)))]).toEqual([name, []]);
      const preset = presets.configurePresets?.find((each) => each.name === name);
      expect(preset?.cacheVariables).toEqual({ BOARD: name });
      expect(presets.buildPresets?.map((each) => each.name)).toContain(name);
    }
    const visible = presets.configurePresets?.filter(({ hidden }) => hidden !== true);
    expect(visible?.map(({ name }) => name)).toEqual(boardNames());
  });

  it('are described in docs/firmware.md, with their clocks', () => {
    const page = readFileSync(join(firmwareDirectory, '..', 'docs', 'firmware.md'), 'utf8');
    for (const { name, mcu, coreHz, cpu } of readBoards()) {
      const [, chip = '', core] =
        new RegExp(`^\\| \`${name}\` \\| ([^|]+) \\| ([^|]+) \\|`, 'm').exec(page) ?? [];
      const short = cpu.replace('cortex-m', 'M').replace('plus', '+');
      expect([name, core]).toEqual([
        name,
        `${short}, ${coreHz === undefined ? 'emulated' : coreHz / 1e6}`,
      ]);
      if (coreHz !== undefined) expect(chip).toBe(mcu);
    }
  });

  it('that there are not are refused with those that there are', () => {
    expect(thrownMessage(() => readBoard('nucleo'))).toBe(
      `--board: no such board: expected ${boardNames().join(', ')}, received "nucleo"; 'wick firmware boards' describes them, docs/firmware.md says how to add one`,
    );
    // Names of what lies beside the boards, and ways out of their folder.
    for (const name of ['cortex-m', 'stm32', '../boards/netduinoplus2', '']) {
      expect(thrownMessage(() => readBoard(name))).toContain('no such board');
    }
  });
});

describe('wick firmware boards', () => {
  it('lists each with its chip, memory and serial port', async () => {
    const { code, stdout } = await runWick('firmware', 'boards');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ bluepill-f103 +STM32F103C8 +cortex-m3 +64\.0 KiB +20\.0 KiB +USART1 on PA9 and PA10: a USB serial adapter *$/m,
    );
    expect(stdout.trim().split('\n')).toHaveLength(boardNames().length + 1);
  });

  it('prints all that is known of them as JSON', async () => {
    const { stdout } = await runWick('firmware', 'boards', '--json');
    expect(JSON.parse(stdout)).toEqual({ boards: readBoards() });
  });
});
