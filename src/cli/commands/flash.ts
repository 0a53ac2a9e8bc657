import { type Command, Option } from 'commander';
import { readBoard } from '../../firmware/boards.ts';
import { type FlashTool, flash, flashTools, formatCommand, planFlash } from '../../flash/flash.ts';
import { options } from '../options.ts';
import { printJson, printLine, printStep } from '../output.ts';

interface Flags {
  readonly board: string;
  readonly tool?: FlashTool;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `wick flash`: brings a firmware to a board, by a tool that the user has. */
export function addFlash(program: Command): void {
  program
    .command('flash')
    .description('write a firmware to a board with OpenOCD, st-flash, pyOCD or dfu-util')
    .argument('<folder>', 'a build folder, or the folder of a firmware')
    .addOption(options.board())
    .addOption(
      new Option('--tool <name>', 'what writes it (default: the first that is installed)').choices([
        ...flashTools,
      ]),
    )
    .option('--dry-run', 'print the command, do not run it')
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick flash --board nucleo-f446re build/kws')
    .action(async (path: string, { board: name, tool, dryRun = false, json }: Flags) => {
      const board = readBoard(name);
      const plan = await planFlash(path, board, tool, dryRun);
      if (!json) printLine(formatCommand(plan.command));
      if (!dryRun) await flash(plan, (text) => process.stderr.write(text));
      if (json) return printJson({ board: board.name, ...plan, ran: !dryRun });
      if (!dryRun) printStep('flash', `${plan.folder} is on the board and runs`);
    });
}
