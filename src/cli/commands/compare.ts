import type { Command } from 'commander';
import { WickError } from '../../errors.ts';
import { compare, comparedShifts } from '../../evaluate/compare.ts';
import { openModel } from '../../evaluate/open.ts';
import { formatCount, formatPercent } from '../../report/format.ts';
import { options } from '../options.ts';
import { printJson, printTable, withProgress } from '../output.ts';
import { loadTestSamples, type SampleOptions, warnOfRanges } from '../samples.ts';

interface Flags extends SampleOptions {
  readonly json?: boolean;
}

const orDash = (share: number | undefined) => (share === undefined ? '-' : formatPercent(share));

/** `wick compare`: models side by side. */
export function addCompare(program: Command): void {
  program
    .command('compare')
    .description('compare two or more models: cost, accuracy, accuracy on shifted test images')
    .argument('<models...>', 'build folders, .wick.json, .tflite or .wasm files')
    .addOption(options.data())
    .addOption(options.inputs())
    .addOption(options.labels())
    .addOption(options.scale())
    .addOption(options.config())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick compare build/mnist-cnn build/mnist-mlp')
    .action(async (paths: string[], flags: Flags) => {
      if (paths.length < 2) {
        throw new WickError({
          what: 'nothing to compare with',
          expected: 'two or more models',
          received: `${paths.length}`,
          hint: "'wick eval' evaluates a single model",
        });
      }
      const models = await Promise.all(paths.map(openModel));
      const samples = await loadTestSamples(models, flags);
      const rows = await withProgress('comparing', ({ update }) =>
        compare(models, samples, update),
      );
      warnOfRanges(models, samples);
      if (flags.json) return printJson({ models: rows });
      printTable(
        [
          'model',
          'parameters',
          'MACs',
          'float',
          'int8',
          'agreement',
          ...comparedShifts.map((pixels) => `shifted ${pixels} px`),
        ],
        rows.map((row) => [
          row.name,
          formatCount(row.parameters),
          formatCount(row.macs),
          orDash(row.floatAccuracy),
          orDash(row.int8Accuracy),
          orDash(row.agreement),
          ...row.shifted.map(({ accuracy }) => formatPercent(accuracy)),
        ]),
        ['left', ...new Array<'right'>(5 + comparedShifts.length).fill('right')],
      );
    });
}
