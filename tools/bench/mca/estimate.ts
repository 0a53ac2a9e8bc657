import { spawnSync } from 'node:child_process';
import { WickError } from '../../../src/errors.ts';

/** The cores whose pipelines llvm-mca has a model of, as it names them. */
export const cores = ['cortex-m4', 'cortex-m7'] as const;

/** One of {@link cores}. */
export type Core = (typeof cores)[number];

const command = 'llvm-mca';

/** So many that what comes before the first turn does not count. */
const turns = 1000;

/**
 * Cycles that llvm-mca estimates for one turn of a loop on a core: loads that hit, no wait state of the flash, branches taken
 * as predicted.
 *
 * @param source assembler, with the label `turn`
 * @throws WickError where the tool is missing or does not know an instruction
 */
export function estimateCycles(source: string, core: Core): number {
  const args = ['-mtriple=thumbv7em-none-eabi', `-mcpu=${core}`, `-iterations=${turns}`];
  const { stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    input: `.syntax unified\n.thumb\n${source}`,
  });
  if (error !== undefined) {
    throw new WickError({
      what: `'${command}' is missing or cannot be started`,
      hint: 'apt-get install llvm (Debian) installs it',
    });
  }
  const cycles = /^Total Cycles: +(\d+)$/m.exec(stdout)?.[1];
  if (cycles === undefined || /error:/.test(stderr)) {
    throw new WickError({ what: 'no estimate', where: command, received: stderr.trim() });
  }
  return Number(cycles) / turns;
}

/**
 * Cycles of one turn on a Cortex-M4 by the table of its Technical Reference Manual (instruction timings), which knows more of
 * loads than llvm-mca: a load takes two cycles, or one behind another; `ldrd` three; a taken branch one and at least one to
 * fill the pipeline; all else that these loops have, products included, one. Without wait states.
 */
export function countCycles(mnemonics: readonly string[]): number {
  const isLoad = (name: string | undefined) => /^ldr(s?[bh])?$/.test(name ?? '');
  return mnemonics.reduce((sum, name, index) => {
    if (name === 'ldrd') return sum + 3;
    if (isLoad(name)) return sum + (isLoad(mnemonics[index - 1]) ? 1 : 2);
    return sum + (index === mnemonics.length - 1 ? 2 : 1);
  }, 0);
}
