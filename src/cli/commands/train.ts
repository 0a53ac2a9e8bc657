import { join } from 'node:path';
import type { Command } from 'commander';
import { artifact } from '../../build-folder.ts';
import { loadDataset } from '../../data/load.ts';
import { countParameters } from '../../graph/weights.ts';
import { presetNames } from '../../project.ts';
import { formatCount, formatPercent } from '../../report/format.ts';
import { trainStep } from '../../steps.ts';
import type { TrainProgress } from '../../train/train.ts';
import { loadProject } from '../load-project.ts';
import { type DataOptions, dataSource, options } from '../options.ts';
import { type Progress, printJson, printStep, withProgress } from '../output.ts';

interface Flags extends DataOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** Draws where a training run stands. */
export function showTraining(
  { update }: Progress,
  { epoch, epochs, step, steps, loss, accuracy, imagesPerSecond }: TrainProgress,
): void {
  update(
    (epoch - 1 + step / steps) / epochs,
    `epoch ${epoch}/${epochs}  loss ${loss.toFixed(4)}  accuracy ${formatPercent(accuracy)}  ${formatCount(Math.round(imagesPerSecond))} images/s`,
  );
}

/** `wick train`: a float graph from data. */
export function addTrain(program: Command): void {
  program
    .command('train')
    .description('train a network: a float graph from data')
    .argument('[preset]', `a preset instead of a configuration file: ${presetNames}`)
    .addOption(options.config())
    .addOption(options.data())
    .addOption(options.epochs())
    .addOption(options.seed())
    .addOption(options.out())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick train mnist-cnn --seed 7 -o build/seven')
    .action(async (preset: string | undefined, flags: Flags) => {
      const project = await loadProject({ ...flags, preset });
      const directory = flags.out ?? join('build', project.name);
      const dataset = await loadDataset(dataSource(project, flags));
      const { graph, history } = await withProgress('training', (bar) =>
        trainStep(project, dataset, directory, (state) => showTraining(bar, state)),
      );
      const last = history.epochs.at(-1);
      const result = {
        name: project.name,
        graph: artifact(directory, 'floatGraph'),
        testAccuracy: last?.testAccuracy,
        loss: last?.loss,
        epochs: history.epochs.length,
        imagesPerSecond: history.imagesPerSecond,
        parameters: countParameters(graph),
      };
      if (flags.json) return printJson(result);
      printStep(
        'train',
        `${result.graph}: ${formatPercent(last?.testAccuracy ?? 0)} on the test samples after ${result.epochs} ${result.epochs === 1 ? 'epoch' : 'epochs'}, ${formatCount(Math.round(result.imagesPerSecond))} images/s`,
      );
    });
}
