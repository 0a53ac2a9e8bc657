// `npm run -s bench:mca [-- --json] [--markdown]`: cycles that llvm-mca estimates for the inner loops of convolution and dense,
// as gcc compiles them in a firmware, beside CMSIS-NN's. Estimates of a pipeline's model: nothing is measured on silicon.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import { createParser, runProgram } from '../../../src/cli/command-line.ts';
import { printTable } from '../../../src/cli/output.ts';
import { readBoard } from '../../../src/firmware/boards.ts';
import { buildFirmware } from '../../../src/firmware/build.ts';
import type { Graph } from '../../../src/graph/types.ts';
import type { Optimize } from '../../../src/ops/op.ts';
import { adToycar, kwsDscnn } from '../../../test/support/tiny-models.ts';
import { renderMarkdown, type TextTable } from '../mcu/report.ts';
import { cmsisNnLoops } from './cmsis-nn.ts';
import { countMacs, parseDisassembly, renderLoop, straightLoops } from './disassembly.ts';
import { type Core, cores, countCycles, estimateCycles } from './estimate.ts';

/** One loop: an element of what `--json` prints. */
interface LoopEstimate {
  readonly loop: string;
  /** Of one turn. */
  readonly macs: number;
  readonly instructions: number;
  /** By llvm-mca's models. */
  readonly cycles: Readonly<Record<Core, number>>;
  /** Of a Cortex-M4 by Arm's table of instruction timings, see `countCycles`. */
  readonly tableCycles: number;
}

/** Loops with fewer are those of softmax and the like. */
const leastMacs = 8;

function estimate(loop: string, source: string): LoopEstimate {
  const mnemonics = source
    .split('\n')
    .filter((line) => /^ /.test(line))
    .map((line) => line.trim().split(/\s/)[0] as string);
  const cycles = Object.fromEntries(
    cores.map((core) => [core, estimateCycles(source, core)]),
  ) as Record<Core, number>;
  return {
    loop,
    macs: countMacs(mnemonics.map((mnemonic) => ({ mnemonic }))),
    instructions: mnemonics.length,
    cycles,
    tableCycles: countCycles(mnemonics),
  };
}

/** The loops of a model's firmware. */
async function ownLoops(graph: Graph, optimize: Optimize): Promise<readonly LoopEstimate[]> {
  const folder = await mkdtemp(join(tmpdir(), 'wick-mca-'));
  try {
    await buildFirmware(graph, folder, {
      ...{ board: readBoard('netduinoplus2'), engine: 'native', checks: 'none', optimize },
      version: 'bench',
    });
    const disassembly = execFileSync(
      'arm-none-eabi-objdump',
      ['-d', '--no-show-raw-insn', join(folder, 'firmware.elf')],
      { encoding: 'utf8' },
    );
    // A name is the kernel's, then the shape's number, then what gcc adds; the first shape's loop stands for all.
    const loops = new Map<string, string>();
    for (const each of parseDisassembly(disassembly)) {
      const [loop] = straightLoops(each);
      const name = each.name.replace(/\..*$/, '').replace(/_\d+$/, '').replace(/_+$/, '');
      if (loop === undefined || countMacs(loop) < leastMacs || loops.has(name)) continue;
      loops.set(name, renderLoop(loop));
    }
    return [...loops].map(([name, source]) =>
      estimate(`${name}, ${graph.name}, ${optimize}`, source),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Instructions and cycles are those of a multiply-accumulate. */
function toTable(estimates: readonly LoopEstimate[]): TextTable {
  return {
    head: ['loop', 'MACs', 'instructions', ...cores, 'cortex-m4, by table'],
    rows: estimates.map(({ loop, macs, instructions, cycles, tableCycles }) => [
      loop,
      `${macs}`,
      ...[instructions, ...cores.map((core) => cycles[core]), tableCycles].map((value) =>
        (value / macs).toFixed(2),
      ),
    ]),
    align: ['left', ...new Array<'right'>(3 + cores.length).fill('right')],
  };
}

const program = createParser('bench:mca')
  .description('estimates cycles of inner loops with llvm-mca')
  .addOption(new Option('--json', 'print one JSON array').conflicts('markdown'))
  .option('--markdown', 'print the table of docs/firmware.md')
  .action(async ({ json, markdown }: { readonly json?: true; readonly markdown?: true }) => {
    const own: LoopEstimate[] = [];
    for (const optimize of ['speed', 'size'] as const) {
      for (const graph of [kwsDscnn(), adToycar()]) own.push(...(await ownLoops(graph, optimize)));
    }
    const estimates = [
      ...own,
      ...cmsisNnLoops.map(({ name, lines }) =>
        estimate(name, ['turn:', ...lines.map((line) => `  ${line}`), ''].join('\n')),
      ),
    ];
    const table = toTable(estimates);
    if (json) process.stdout.write(`${JSON.stringify(estimates)}\n`);
    else if (markdown) process.stdout.write(`${renderMarkdown(table)}\n`);
    else printTable(table.head, table.rows, table.align);
  });

process.exitCode = await runProgram(program, process.argv.slice(2));
