import type { Command } from 'commander';
import { evaluate } from '../../evaluate/evaluate.ts';
import type { Evaluation } from '../../evaluate/metrics.ts';
import { openModel } from '../../evaluate/open.ts';
import { formatCount, formatPercent } from '../../report/format.ts';
import { options } from '../options.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { loadTestSamples, type SampleOptions, warnOfRanges } from '../samples.ts';

interface Flags extends SampleOptions {
  readonly json?: boolean;
}

const withoutPredictions = ({ predictions: _, ...evaluation }: Evaluation) => evaluation;

/** `wick eval`: accuracy on the test samples. */
export function addEval(program: Command): void {
  program
    .command('eval')
    .description('evaluate a model on the test samples')
    .argument('<model>', 'a build folder, a .wick.json, .tflite or .wasm file')
    .addOption(options.data())
    .addOption(options.inputs())
    .addOption(options.labels())
    .addOption(options.scale())
    .addOption(options.config())
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  wick eval build/mnist-cnn --json\n  wick eval kws.tflite --inputs mfcc-idx3-int8.gz --labels labels-idx1-ubyte.gz',
    )
    .action(async (path: string, flags: Flags) => {
      const model = await openModel(path);
      const samples = await loadTestSamples([model], flags);
      const { name, float, int8, agreement } = evaluate(model, samples);
      warnOfRanges([model], samples);
      if (flags.json) {
        return printJson({
          name,
          ...(float && { float: withoutPredictions(float) }),
          ...(int8 && { int8: withoutPredictions(int8) }),
          ...(agreement !== undefined && { agreement }),
        });
      }
      const row = (kind: string, { accuracy, correct, count }: Evaluation) => [
        kind,
        formatPercent(accuracy),
        `${formatCount(correct)} of ${formatCount(count)}`,
      ];
      printTable(
        [name, 'accuracy', 'correct'],
        [...(float ? [row('float', float)] : []), ...(int8 ? [row('int8', int8)] : [])],
        ['left', 'right', 'right'],
      );
      if (agreement !== undefined) printLine(`They agree on ${formatPercent(agreement)}.`);
    });
}
