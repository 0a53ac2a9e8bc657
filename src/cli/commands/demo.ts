import { join } from 'node:path';
import type { Command } from 'commander';
import { type DemoSummary, demo } from '../../demo.ts';
import { presetNames } from '../../project.ts';
import { formatBytes, formatCount, formatPercent, formatPoints } from '../../report/format.ts';
import { loadProject } from '../load-project.ts';
import { type DataOptions, dataSource, options } from '../options.ts';
import { printJson, printLine, printStep, printTable, withProgress } from '../output.ts';
import { showTraining } from './train.ts';

interface Flags extends DataOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** What the demo shows where nothing is said, whatever project lies in the folder. */
const defaultPreset = 'mnist-cnn';

function summaryRows(summary: DemoSummary): string[][] {
  const milliseconds = (microseconds: number) => `${(microseconds / 1000).toFixed(3)} ms`;
  return [
    ['float accuracy', formatPercent(summary.floatAccuracy)],
    ['int8 accuracy', formatPercent(summary.int8Accuracy)],
    ['drop', formatPoints(summary.drop)],
    ['agreement', formatPercent(summary.agreement)],
    ['parameters', formatCount(summary.parameters)],
    ['MACs', formatCount(summary.macs)],
    ['weights, float32', formatBytes(summary.floatWeightsBytes)],
    ['weights.bin', formatBytes(summary.weightsBytes)],
    ['model.wasm without data', formatBytes(summary.wasmBytes)],
    ['arena', formatBytes(summary.arenaBytes)],
    ['an image, model.simd.wasm', milliseconds(summary.microsecondsPerInference)],
    ['an image, model.wasm', milliseconds(summary.scalarMicrosecondsPerInference)],
  ];
}

/** `wick demo`: everything, from data to report. */
export function addDemo(program: Command): void {
  program
    .command('demo')
    .description('the main job from end to end: train, quantize, compile, verify, compare, report')
    .argument('[preset]', `${presetNames} (default: ${defaultPreset})`)
    .addOption(options.config('a project instead of a preset'))
    .addOption(options.data())
    .addOption(options.epochs())
    .addOption(options.seed())
    .addOption(options.optimize())
    .addOption(options.out())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick demo mnist-mlp --json')
    .action(async (named: string | undefined, flags: Flags) => {
      const preset = named ?? (flags.config === undefined ? defaultPreset : undefined);
      const project = await loadProject({ ...flags, preset });
      const directory = flags.out ?? join('build', project.name);
      const summary = await withProgress('training', (bar) =>
        demo(project, directory, dataSource(project, flags), {
          onTrainProgress: (state) => showTraining(bar, state),
          onStep(step, text) {
            if (step === 'train') bar.stop();
            if (!flags.json) printStep(step, text);
          },
        }),
      );
      if (flags.json) return printJson(summary);
      printLine();
      printTable([summary.name, ''], summaryRows(summary), ['left', 'right']);
    });
}
