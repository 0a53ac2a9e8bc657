import type { Command } from 'commander';
import { findArtifact } from '../../build-folder.ts';
import { openModel } from '../../evaluate/open.ts';
import { report } from '../../report/build-report.ts';
import { options } from '../options.ts';
import { printJson, printStep } from '../output.ts';
import { loadTestSamples, type SampleOptions, warnOfRanges } from '../samples.ts';

interface Flags extends SampleOptions {
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
    .addOption(options.inputs())
    .addOption(options.labels())
    .addOption(options.scale())
    .addOption(options.config())
    .addOption(options.out())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick report build/mnist-cnn')
    .action(async (directory: string, flags: Flags) => {
      await findArtifact(directory, 'simdWasm');
      const model = await openModel(directory);
      const samples = await loadTestSamples([model], flags);
      const path = await report(directory, samples, { out: flags.out });
      warnOfRanges([model], samples);
      if (flags.json) return printJson({ report: path });
      printStep('report', path);
    });
}
