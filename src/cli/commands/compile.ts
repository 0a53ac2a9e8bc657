import type { Command } from 'commander';
import { type Budgets, flashBytes, ramBytes } from '../../compile/budgets.ts';
import type {
  ModelDescription,
  StreamDescription,
  WeightBinding,
} from '../../compile/description.ts';
import type { IoTypes } from '../../graph/types.ts';
import { openGraph } from '../../import/open-graph.ts';
import { formatBytes, formatCount } from '../../report/format.ts';
import { compileStep } from '../../steps.ts';
import { graphPath } from '../graph-path.ts';
import { findProject, type ProjectOptions } from '../load-project.ts';
import { options } from '../options.ts';
import { printJson, printStep, printTable } from '../output.ts';

interface Flags extends ProjectOptions, IoTypes {
  readonly out?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly ram?: number;
  readonly flash?: number;
  readonly weights?: WeightBinding;
  readonly window?: number;
}

/** `wick compile`: WebAssembly, weights and header from an int8 graph. */
export function addCompile(program: Command): void {
  program
    .command('compile')
    .description(
      'compile an int8 graph: model.wasm, model.simd.wasm, weights.bin, model.h, model.json',
    )
    .argument('<model>', 'a build folder, or an int8 .wick.json or .tflite file')
    .addOption(options.optimize())
    .addOption(options.inputType())
    .addOption(options.outputType())
    .addOption(options.ram())
    .addOption(options.flash())
    .addOption(options.weights())
    .addOption(options.window())
    .addOption(options.config())
    .option('--debug', 'also export run_layer(i), to read every intermediate tensor')
    .addOption(options.out())
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  wick compile build/mnist-cnn --optimize speed -o build/fast\n  wick compile build/mnist-cnn --ram 64k --flash 256k',
    )
    .action(async (model: string, flags: Flags) => {
      const { graph, directory } = await graphPath(model, 'int8Graph', flags.out);
      const project = await findProject(flags);
      const { ram = project?.budgets.ram, flash = project?.budgets.flash } = flags;
      // The project's window is not meant for another binding that a flag asks for.
      const projectWindow =
        flags.weights === undefined || flags.weights === 'stream'
          ? project?.windowBytes
          : undefined;
      const { description } = await compileStep(
        await openGraph(graph),
        directory,
        {
          optimize: flags.optimize ?? project?.optimize,
          inputType: flags.inputType ?? project?.inputType,
          outputType: flags.outputType ?? project?.outputType,
          weights: flags.weights ?? project?.weights,
          windowBytes: flags.window ?? projectWindow,
          debug: flags.debug,
          budgets: { ram, flash },
        },
        graph,
      );
      if (flags.json) return printJson(description);
      printStep('compile', directory);
      printTable([], figures(description, { ram, flash }), ['left', 'right', 'left']);
    });
}

/** What a model takes, and what sets it. */
function figures(description: ModelDescription, { ram, flash }: Budgets): readonly string[][] {
  const { arenaBytes, lowerBoundBytes, peakLayer, stateBytes, weightsBytes } = description;
  const budget = (bytes: number | undefined) =>
    bytes === undefined ? '' : `of ${formatBytes(bytes)}`;
  return [
    ['arena', formatBytes(arenaBytes), `lower bound ${formatBytes(lowerBoundBytes)}`],
    ['peak layer', '', peakLayer],
    ...(stateBytes === 0 ? [] : [['state', formatBytes(stateBytes), '']]),
    ['RAM', formatBytes(ramBytes(description)), budget(ram)],
    ['weights', formatBytes(weightsBytes), `layout for ${description.optimize}`],
    ['Wasm', formatBytes(description.wasmBytes), 'model.wasm without data'],
    ['flash', formatBytes(flashBytes(description)), budget(flash)],
    ['MACs', formatCount(description.macs), ''],
    ...(description.stream ? streamFigures(description.stream) : []),
  ];
}

function streamFigures(stream: StreamDescription): readonly string[][] {
  const { windowBytes, wholeLayersBytes, callsPerInference, bytesPerInference } = stream;
  const whole =
    windowBytes >= wholeLayersBytes
      ? ''
      : `every layer has room in ${formatBytes(wholeLayersBytes)}`;
  return [
    ['window', formatBytes(windowBytes), whole],
    ['host calls', formatCount(callsPerInference), 'an inference'],
    ['copied', formatBytes(bytesPerInference), 'an inference'],
  ];
}
