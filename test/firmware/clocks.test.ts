import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { firmwareDirectory, readBoard, readBoards } from '../../src/firmware/boards.ts';
import {
  type Clocks,
  clocksOfF1,
  clocksOfF4,
  clocksOfG0,
  clocksOfH7,
  pinOf,
  type Registers,
} from '../support/clock-trees.ts';
import { temporaryFolder } from '../support/folder.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const install = 'apt-get install gcc (Debian)';
const hasGcc = requireTool('gcc', install);
const folder = await temporaryFolder();
const here = fileURLToPath(new URL('.', import.meta.url));
const boards = join(firmwareDirectory, 'boards');

/** Where a family has its clock and power control, and what the manual allows it, in Hz. */
interface Family {
  readonly rcc: number;
  readonly cfgr: number;
  /** Where RCC_CFGR says which clock was taken, behind which is chosen. */
  readonly sws: number;
  readonly power: readonly string[];
  readonly clocks: (registers: Registers) => Clocks;
  readonly pllInput: readonly [number, number];
  readonly vco: readonly [number, number];
  readonly apb1: number;
  readonly apb2: number;
}

const families: Readonly<Record<'f1' | 'f4' | 'f7' | 'g0' | 'h7', Family>> = {
  f1: {
    ...{ rcc: 0x40021000, cfgr: 4, sws: 2, power: [], clocks: clocksOfF1 },
    ...{ pllInput: [1e6, 25e6], vco: [16e6, 72e6], apb1: 36e6, apb2: 72e6 },
  },
  f4: {
    ...{
      rcc: 0x40023800,
      cfgr: 8,
      sws: 2,
      power: ['-DFAKE_PWR_F4=0x40007000u'],
      clocks: clocksOfF4,
    },
    ...{ pllInput: [1e6, 2e6], vco: [100e6, 432e6], apb1: 45e6, apb2: 90e6 },
  },
  f7: {
    ...{
      rcc: 0x40023800,
      cfgr: 8,
      sws: 2,
      power: ['-DFAKE_PWR_F4=0x40007000u'],
      clocks: clocksOfF4,
    },
    ...{ pllInput: [1e6, 2e6], vco: [100e6, 432e6], apb1: 54e6, apb2: 108e6 },
  },
  g0: {
    ...{ rcc: 0x40021000, cfgr: 8, sws: 3, power: [], clocks: clocksOfG0 },
    ...{ pllInput: [4e6, 16e6], vco: [64e6, 344e6], apb1: 64e6, apb2: 64e6 },
  },
  h7: {
    ...{
      rcc: 0x58024400,
      cfgr: 0x10,
      sws: 3,
      power: ['-DFAKE_PWR_H7=0x58024800u'],
      clocks: clocksOfH7,
    },
    ...{ pllInput: [2e6, 16e6], vco: [192e6, 836e6], apb1: 100e6, apb2: 100e6 },
  },
};

/** Each real board: its family, what turns its UART's clock on, and what lies on the UART's bus. */
const cases = [
  { name: 'bluepill-f103', family: 'f1', enable: [0x40021018, 14], uart: 0x40013800, bus: 'apb2' },
  { name: 'nucleo-f446re', family: 'f4', enable: [0x40023840, 17], uart: 0x40004400, bus: 'apb1' },
  {
    name: 'stm32f746g-disco',
    family: 'f7',
    enable: [0x40023844, 4],
    uart: 0x40011000,
    bus: 'apb2',
  },
  { name: 'nucleo-g071rb', family: 'g0', enable: [0x4002103c, 17], uart: 0x40004400, bus: 'apb1' },
  { name: 'nucleo-h743zi', family: 'h7', enable: [0x580244e8, 18], uart: 0x40004800, bus: 'apb1' },
] as const;

const hexadecimal = (value: number) => value.toString(16).padStart(8, '0');

/** What a board's registers hold after board_init, begun with the values that matter after reset. */
function start(name: string, atReset: Readonly<Record<number, number>>, baud = 115_200) {
  const { cpu, coreHz, sources } = readBoard(name);
  const { family } = cases.find((each) => each.name === name) as (typeof cases)[number];
  const { rcc, cfgr, sws, power } = families[family];
  const program = join(folder, `${name}-${baud}`);
  const own = readdirSync(join(boards, name)).filter((file) => file.endsWith('.c'));
  const shared = sources.filter((file) => file !== 'cortex-m/caches.c');
  const args = [
    // Addresses of registers are numbers of 32 bits.
    ...['-std=gnu11', '-Wall', '-Wextra', '-Werror', '-include', join(here, 'fake-registers.h')],
    ...[`-D${cpu.toUpperCase().replaceAll('-', '_')}`, `-DCORE_HZ=${coreHz}u`],
    ...[
      `-DUART_BAUD=${baud}u`,
      `-DFAKE_CR=${rcc}u`,
      `-DFAKE_CFGR=${rcc + cfgr}u`,
      `-DFAKE_SWS=${sws}`,
    ],
    ...power,
    ...['', name, 'cortex-m', 'stm32'].flatMap((path) => ['-I', join(boards, path)]),
    ...[join(here, 'fake-registers.c'), ...own.map((file) => join(boards, name, file))],
    ...shared.map((file) => join(boards, file)),
    ...['-o', program],
  ];
  execFileSync('gcc', args, { stdio: 'pipe' });
  const given = Object.entries(atReset).map(
    ([address, value]) => `${hexadecimal(Number(address))}=${hexadecimal(value)}`,
  );
  const printed = execFileSync(program, given, { encoding: 'utf8', timeout: 10_000 });
  const registers: Registers = new Map(
    [...printed.matchAll(/^([0-9a-f]{8})=([0-9a-f]{8})$/gm)].map(([, address, value]) => [
      Number.parseInt(address as string, 16),
      Number.parseInt(value as string, 16),
    ]),
  );
  return { registers, ticksHz: Number(/^hz=(\d+)$/m.exec(printed)?.[1]) };
}

/** The baud rate of a USART with 16 samples a bit: USART_BRR divides its clock. */
function baudOf(name: string, registers: Registers, clocks: Clocks): number {
  const { uart, bus, family } = cases.find((each) => each.name === name) as (typeof cases)[number];
  const brr = family === 'f1' || family === 'f4' ? 0x08 : 0x0c;
  return clocks[bus] / (registers.get(uart + brr) as number);
}

it('each board that can be bought is here', () => {
  const real = readBoards().filter(({ qemu }) => qemu === undefined);
  expect(cases.map(({ name }) => name).toSorted()).toEqual(real.map(({ name }) => name));
});

describe.skipIf(!hasGcc)(titleWithTool('the registers of a board', hasGcc, install), () => {
  it.each(cases)(
    'run $name at its full speed, within what its manual allows',
    ({ name, family }) => {
      const limits = families[family];
      const { registers, ticksHz } = start(name, {});
      const clocks = limits.clocks(registers);
      expect(clocks.core).toBe(readBoard(name).coreHz);
      expect(ticksHz).toBe(clocks.core);
      expect(clocks.pllInput).toBeGreaterThanOrEqual(limits.pllInput[0]);
      expect(clocks.pllInput).toBeLessThanOrEqual(limits.pllInput[1]);
      expect(clocks.vco).toBeGreaterThanOrEqual(limits.vco[0]);
      expect(clocks.vco).toBeLessThanOrEqual(limits.vco[1]);
      expect(clocks.apb1).toBeLessThanOrEqual(limits.apb1);
      expect(clocks.apb2).toBeLessThanOrEqual(limits.apb2);
      expect(clocks.waitStates).toBe(clocks.neededWaitStates);
    },
  );

  it.each(cases)('give $name a UART with an interrupt for each byte', (board) => {
    const { name, family, enable, uart } = board;
    for (const baud of [115_200, 921_600]) {
      const { registers } = start(name, {}, baud);
      const rate = baudOf(name, registers, families[family].clocks(registers));
      expect(Math.abs(rate / baud - 1)).toBeLessThan(0.01);
      const [address, bit] = enable;
      expect(((registers.get(address) as number) >>> bit) & 1).toBe(1);
      // UE, TE, RE and RXNEIE of USART_CR1, and nothing else.
      const old = family === 'f1' || family === 'f4';
      const control = registers.get(uart + (old ? 0x0c : 0x00));
      expect(control).toBe((old ? 1 << 13 : 1) | (1 << 3) | (1 << 2) | (1 << 5));
    }
  });

  it.each(cases)('of $name are refused a baud rate that its UART cannot reach', ({ name }) => {
    for (const baud of [300, 20_000_000]) {
      expect(() => start(name, {}, baud)).toThrow('cannot be divided to this baud rate');
    }
  });

  // MODER, PUPDR and AFR after reset, where the debug port's pins have values of their own.
  it.each([
    ['nucleo-f446re', 0x40020000, 0xa8000000, 2, 0x40020000, 3, 7],
    ['stm32f746g-disco', 0x40020000, 0xa8000000, 9, 0x40020400, 7, 7],
    ['nucleo-g071rb', 0x50000000, 0xebffffff, 2, 0x50000000, 3, 1],
    ['nucleo-h743zi', 0x58020c00, 0xffffffff, 8, 0x58020c00, 9, 7],
  ] as const)(
    'give the pins of %s to its UART and leave the others alone',
    (name, txPort, mode, tx, rxPort, rx, af) => {
      const { registers } = start(name, { [txPort]: mode, [rxPort]: mode });
      expect(pinOf(registers, txPort, tx)).toEqual({ mode: 2, pull: 0, function: af });
      expect(pinOf(registers, rxPort, rx)).toEqual({ mode: 2, pull: 1, function: af });
      const others = (txPort === rxPort ? [tx, rx] : [tx]).reduce(
        (rest, pin) => rest & ~(3 << (pin * 2)),
        -1,
      );
      const now = registers.get(txPort) as number;
      expect((now & others) >>> 0).toBe((mode & others) >>> 0);
    },
  );

  it('give PA9 and PA10 of the Blue Pill to its UART and leave the others alone', () => {
    // GPIOA_CRH: after reset all pins float. 0xb: alternate function, push-pull, 50 MHz. 8: input with a pull.
    const { registers } = start('bluepill-f103', { 1073809412: 0x44444444 });
    expect(registers.get(0x40010804)).toBe(0x444448b4);
    // The pull is up.
    expect(registers.get(0x40010810)).toBe(1 << 10);
  });
});
