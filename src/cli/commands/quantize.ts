import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { type Artifact, artifact } from '../../build-folder.ts';
import { WickError } from '../../errors.ts';
import { isQuantized } from '../../graph/types.ts';
import { canonicalWeightsBytes, weightsSha256 } from '../../graph/weights.ts';
import { openGraph } from '../../import/open-graph.ts';
import { formatBytes } from '../../report/format.ts';
import { quantizeStep } from '../../steps.ts';
import { graphPath } from '../graph-path.ts';
import { findProject } from '../load-project.ts';
import { options } from '../options.ts';
import { printJson, printStep } from '../output.ts';
import { loadCalibration, type SampleOptions } from '../samples.ts';

interface Flags extends SampleOptions {
  readonly samples?: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** Of an imported int8 model a build folder has only the graph that is quantized already: to name, not to miss another. */
function graphKind(path: string): 'floatGraph' | 'int8Graph' {
  const isThere = (file: Artifact) => existsSync(artifact(path, file));
  return isThere('int8Graph') && !isThere('floatGraph') ? 'int8Graph' : 'floatGraph';
}

function quantizedAlready(graph: string, model: string): WickError {
  return new WickError({
    what: 'graph is quantized already',
    where: graph,
    expected: 'a float graph',
    received: 'an int8 one',
    hint: `compile it with 'wick compile ${model}'`,
  });
}

/** `wick quantize`: an int8 graph from a float graph. */
export function addQuantize(program: Command): void {
  program
    .command('quantize')
    .description('quantize a trained float graph to int8')
    .argument('<model>', 'a build folder, or a float .wick.json or .tflite file')
    .addOption(options.data())
    .addOption(options.inputs('an IDX file of samples that set the ranges, in place of a data set'))
    .addOption(options.scale())
    .addOption(options.config())
    .addOption(options.samples())
    .addOption(options.seed())
    .addOption(options.out())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick quantize build/mnist-cnn --samples 1024')
    .action(async (model: string, flags: Flags) => {
      const { graph, directory } = await graphPath(model, graphKind(model), flags.out);
      const float = await openGraph(graph);
      if (isQuantized(float)) throw quantizedAlready(graph, model);
      const project = await findProject(flags);
      const train = await loadCalibration(project, flags);
      const { graph: int8, refusal } = await quantizeStep(float, { train }, directory, {
        samples: flags.samples ?? project?.calibrationSamples,
        seed: flags.seed ?? project?.seed,
      });
      const result = {
        name: int8.name,
        graph: artifact(directory, 'int8Graph'),
        tflite: refusal === undefined ? artifact(directory, 'int8Tflite') : null,
        floatWeightsBytes: canonicalWeightsBytes(float),
        int8WeightsBytes: canonicalWeightsBytes(int8),
        weightsSha256: weightsSha256(int8),
      };
      if (flags.json) return printJson(result);
      printStep(
        'quantize',
        `${result.graph}: weights ${formatBytes(result.floatWeightsBytes)} as float32, ${formatBytes(result.int8WeightsBytes)} as int8`,
      );
      printStep('export', result.tflite ?? `no .tflite: ${refusal}`);
    });
}
