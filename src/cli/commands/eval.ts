import type { Command } from 'commander';
import type { Samples } from '../../data/dataset.ts';
import { loadSamples } from '../../data/load.ts';
import { WickError } from '../../errors.ts';
import { evaluate } from '../../evaluate/evaluate.ts';
import type { Evaluation } from '../../evaluate/metrics.ts';
import { type OpenedModel, openModel } from '../../evaluate/open.ts';
import { formatCount, formatPercent } from '../../report/format.ts';
import { type DataOptions, loadData, options } from '../options.ts';
import { printJson, printLine, printTable } from '../output.ts';

interface Flags extends DataOptions {
  readonly json?: boolean;
  readonly inputs?: string;
  readonly labels?: string;
  readonly scale?: number;
}

/** The samples that a command line means: those of `--inputs` and `--labels`, or else the test set of its data. */
async function loadTestSamples(model: OpenedModel, flags: Flags): Promise<Samples> {
  const { inputs, labels, scale } = flags;
  const own = scale === undefined ? {} : { scale };
  if (inputs === undefined && labels === undefined) {
    return { ...(await loadData(flags)).test, ...own };
  }
  if (inputs === undefined || labels === undefined) {
    throw new WickError({
      what: `there is no ${inputs === undefined ? '--inputs' : '--labels'}`,
      expected: 'both --inputs and --labels, or neither',
    });
  }
  const samples = await loadSamples({ images: inputs, labels });
  return { ...samples, ...(samples.data instanceof Int8Array && model.input), ...own };
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
      const { name, float, int8, agreement } = evaluate(model, await loadTestSamples(model, flags));
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
