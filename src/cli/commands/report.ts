import type { Command } from 'commander';
import { report } from '../../report/build-report.ts';
import { type DataOptions, loadData, options } from '../options.ts';
import { printJson, printStep } from '../output.ts';

interface Flags extends DataOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** `wick report`: the page about a build. */
export function addReport(program: Command): void {
  program
    .command('report')
    .description(
      'write report.html about a build folder: curves, confusion, sizes and the memory plan',
    )
    .argument('<build>', 'a build folder')
    .addOption(options.data())
    .addOption(options.config())
    .addOption(options.out())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick report build/mnist-cnn')
    .action(async (directory: string, flags: Flags) => {
      const { test } = await loadData(flags);
      const path = await report(directory, test, { out: flags.out });
      if (flags.json) return printJson({ report: path });
      printStep('report', path);
    });
}
