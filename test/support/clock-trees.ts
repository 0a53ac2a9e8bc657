/** What registers hold, by address. */
export type Registers = ReadonlyMap<number, number>;

/** What the clock control of a chip makes of its registers, in Hz. */
export interface Clocks {
  readonly core: number;
  readonly apb1: number;
  readonly apb2: number;
  /** What the PLL is fed, and what its oscillator runs at. */
  readonly pllInput: number;
  readonly vco: number;
  /** Wait states of flash, and those that the bus it is on asks for at 3.3 V. */
  readonly waitStates: number;
  readonly neededWaitStates: number;
}

const field = (value: number, low: number, bits: number) => (value >>> low) & (2 ** bits - 1);

/** A bus's divider: values below half its range leave the clock as it is, those above halve it again and again. */
const divider = (value: number, bits: number) =>
  value < 2 ** (bits - 1) ? 1 : 2 ** (value - 2 ** (bits - 1) + 1);

const reader = (registers: Registers) => (address: number) => {
  const value = registers.get(address);
  if (value === undefined) throw new Error(`0x${address.toString(16)} was not touched`);
  return value;
};

/** STM32F1 (RM0008, 7.3 and 3.3.3): a crystal of 8 MHz; a wait state from 24 and another from 48 MHz. */
export function clocksOfF1(registers: Registers): Clocks {
  const read = reader(registers);
  const cfgr = read(0x40021004);
  const pllInput = field(cfgr, 16, 1) === 1 ? 8e6 : 4e6;
  const vco = pllInput * (field(cfgr, 18, 4) + 2);
  const core = field(cfgr, 2, 2) === 2 ? vco : 8e6;
  return {
    ...{ core, pllInput, vco },
    apb1: core / divider(field(cfgr, 8, 3), 3),
    apb2: core / divider(field(cfgr, 11, 3), 3),
    waitStates: field(read(0x40022000), 0, 3),
    neededWaitStates: Math.ceil(core / 24e6) - 1,
  };
}

/** STM32F4 and F7 (RM0390 and RM0385, RCC_PLLCFGR, RCC_CFGR, wait states at 2.7 to 3.6 V): one every 30 MHz. */
export function clocksOfF4(registers: Registers): Clocks {
  const read = reader(registers);
  const [pllcfgr, cfgr] = [read(0x40023804), read(0x40023808)];
  if (field(pllcfgr, 22, 1) !== 0) throw new Error('the PLL is not fed by the internal oscillator');
  const pllInput = 16e6 / field(pllcfgr, 0, 6);
  const vco = pllInput * field(pllcfgr, 6, 9);
  const pll = vco / (2 * (field(pllcfgr, 16, 2) + 1));
  const core = (field(cfgr, 2, 2) === 2 ? pll : 16e6) / divider(field(cfgr, 4, 4), 4);
  return {
    ...{ core, pllInput, vco },
    apb1: core / divider(field(cfgr, 10, 3), 3),
    apb2: core / divider(field(cfgr, 13, 3), 3),
    waitStates: field(read(0x40023c00), 0, 4),
    neededWaitStates: Math.ceil(core / 30e6) - 1,
  };
}

/** STM32G0 (RM0444, RCC_PLLCFGR, RCC_CFGR, FLASH_ACR): one bus; a wait state from 24 and another from 48 MHz. */
export function clocksOfG0(registers: Registers): Clocks {
  const read = reader(registers);
  const [pllcfgr, cfgr] = [read(0x4002100c), read(0x40021008)];
  if (field(pllcfgr, 0, 2) !== 2) throw new Error('the PLL is not fed by the internal oscillator');
  if (field(pllcfgr, 28, 1) !== 1) throw new Error("the PLL's output R is off");
  const pllInput = 16e6 / (field(pllcfgr, 4, 3) + 1);
  const vco = pllInput * field(pllcfgr, 8, 7);
  const pll = vco / (field(pllcfgr, 29, 3) + 1);
  const core = (field(cfgr, 3, 3) === 2 ? pll : 16e6) / divider(field(cfgr, 8, 4), 4);
  const apb1 = core / divider(field(cfgr, 12, 3), 3);
  return {
    ...{ core, pllInput, vco, apb1, apb2: apb1 },
    waitStates: field(read(0x40022000), 0, 3),
    neededWaitStates: Math.ceil(core / 24e6) - 1,
  };
}

/** STM32H7 (RM0433, RCC and FLASH_ACR): flash on the AXI bus, at voltage scale 1 a wait state every 70 MHz. */
export function clocksOfH7(registers: Registers): Clocks {
  const read = reader(registers);
  const [select, divr, cfgr] = [read(0x58024428), read(0x58024430), read(0x58024410)];
  if (field(select, 0, 2) !== 0) throw new Error('the PLL is not fed by the internal oscillator');
  if (field(read(0x5802442c), 16, 1) !== 1) throw new Error("the PLL's output P is off");
  const pllInput = 64e6 / field(select, 4, 6);
  const vco = pllInput * (field(divr, 0, 9) + 1);
  const pll = vco / (field(divr, 9, 7) + 1);
  const [d1, d2] = [read(0x58024418), read(0x5802441c)];
  const core = (field(cfgr, 3, 3) === 3 ? pll : 64e6) / divider(field(d1, 8, 4), 4);
  const axi = core / divider(field(d1, 0, 4), 4);
  return {
    ...{ core, pllInput, vco },
    apb1: axi / divider(field(d2, 4, 3), 3),
    apb2: axi / divider(field(d2, 8, 3), 3),
    waitStates: field(read(0x52002000), 0, 4),
    neededWaitStates: Math.ceil(axi / 70e6) - 1,
  };
}

/** How a pin of an STM32F4, F7, G0 or H7 is set: GPIO_MODER, GPIO_PUPDR, GPIO_AFRL and GPIO_AFRH. */
export function pinOf(registers: Registers, port: number, pin: number) {
  const read = reader(registers);
  return {
    mode: field(read(port), pin * 2, 2),
    pull: field(registers.get(port + 0x0c) ?? 0, pin * 2, 2),
    function: field(read(port + 0x20 + (pin >> 3) * 4), (pin & 7) * 4, 4),
  };
}
