import { basename, dirname } from 'node:path';
import type { Command } from 'commander';
import { artifact } from '../../build-folder.ts';
import { canonicalWeightsBytes, weightsSha256 } from '../../compile/weights.ts';
import { graphExtension, loadGraph } from '../../graph/files.ts';
import { formatBytes } from '../../report/format.ts';
import { quantizeStep } from '../../steps.ts';
import { findProject } from '../load-project.ts';
import { type DataOptions, loadData, options } from '../options.ts';
import { printJson, printStep } from '../output.ts';

interface Flags extends DataOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** The graph file that a path means (a build folder means one of its own), and the folder to write to. */
export function graphPath(
  path: string,
  file: 'floatGraph' | 'int8Graph',
  out: string | undefined,
): { readonly graph: string; readonly directory: string } {
  const isFile = basename(path).endsWith(graphExtension);
  return {
    graph: isFile ? path : artifact(path, file),
    directory: out ?? (isFile ? dirname(path) : path),
  };
}

/** `wick quantize`: an int8 graph from a float graph. */
export function addQuantize(program: Command): void {
  program
    .command('quantize')
    .description('quantize a trained float graph to int8')
    .argument('<model>', 'a build folder or a .wick.json file')
    .addOption(options.data())
    .addOption(options.config())
    .addOption(options.samples())
    .addOption(options.seed())
    .addOption(options.out())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick quantize build/mnist-cnn --samples 1024')
    .action(async (model: string, flags: Flags) => {
      const { graph, directory } = graphPath(model, 'floatGraph', flags.out);
      const float = await loadGraph(graph);
      const project = await findProject(flags);
      const samples = flags.samples ?? project?.calibrationSamples;
      const seed = flags.seed ?? project?.seed;
      const int8 = await quantizeStep(float, await loadData(flags), directory, { samples, seed });
      const result = {
        name: int8.name,
        graph: artifact(directory, 'int8Graph'),
        floatWeightsBytes: canonicalWeightsBytes(float),
        int8WeightsBytes: canonicalWeightsBytes(int8),
        weightsSha256: weightsSha256(int8),
      };
      if (flags.json) return printJson(result);
      printStep(
        'quantize',
        `${result.graph}: weights ${formatBytes(result.floatWeightsBytes)} as float32, ${formatBytes(result.int8WeightsBytes)} as int8`,
      );
    });
}
