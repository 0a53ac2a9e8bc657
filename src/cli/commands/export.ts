import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { WickError } from '../../errors.ts';
import {
  type ExportFormat,
  type ExportOptions,
  exportFormats,
  exportModel,
} from '../../export/export.ts';
import { openGraph } from '../../import/open-graph.ts';
import { formatBytes } from '../../report/format.ts';
import { anyGraphPath } from '../graph-path.ts';
import { findProject, type ProjectOptions } from '../load-project.ts';
import { options } from '../options.ts';
import { printJson, printStep } from '../output.ts';

interface Flags extends ProjectOptions, ExportOptions {
  readonly format: ExportFormat;
  readonly out?: string;
  readonly json?: boolean;
}

/** Beside what the steps write: they would remove or mix up what has a name of theirs. */
const exportFolder = 'export';

/** The heading of these options in the help. */
const ofC = 'Options of --format c:';

/** The other formats have the graph as it is: a flag that changed nothing would look as if it had. */
function refuseUnused(flags: Flags): void {
  if (flags.format === 'c') return;
  const given = [
    ['--optimize', flags.optimize],
    ['--input-type', flags.inputType],
    ['--output-type', flags.outputType],
    ['--config', flags.config],
  ].find(([, value]) => value !== undefined);
  if (!given) return;
  throw new WickError({
    what: 'the option is for the format c alone',
    where: `${given[0]}`,
    expected: '--format c',
    received: `--format ${flags.format}`,
    hint: 'leave it out; the graph is written as it is',
  });
}

/** `wick export`: a graph in another format. */
export function addExport(program: Command): void {
  program
    .command('export')
    .description('write a graph as a .tflite file, as a blob with a C header, or as readable JSON')
    .argument(
      '<model>',
      'a build folder (its int8 graph, or else the float one), or a .wick.json or .tflite file',
    )
    .addOption(
      new Option(
        '-f, --format <format>',
        'what to write; tflite: one file, int8 or float; json: .wick.json and its weights; c: weights.bin and model.h',
      )
        .choices([...exportFormats])
        .makeOptionMandatory(),
    )
    .addOption(
      options.out('a folder, or for tflite and json a file (default: export in the build folder)'),
    )
    .addOption(options.json())
    .addOption(options.optimize().helpGroup(ofC))
    .addOption(options.inputType().helpGroup(ofC))
    .addOption(options.outputType().helpGroup(ofC))
    .addOption(options.config().helpGroup(ofC))
    .addHelpText(
      'after',
      '\nExample:\n  wick export build/mnist-cnn --format tflite -o mnist.tflite',
    )
    .action(async (model: string, flags: Flags) => {
      refuseUnused(flags);
      const { graph: path, directory } = await anyGraphPath(model);
      const graph = await openGraph(path);
      const { format, out = join(directory, exportFolder) } = flags;
      const project = format === 'c' ? await findProject(flags) : undefined;
      const written = await exportModel(graph, format, out, {
        optimize: flags.optimize ?? project?.optimize,
        inputType: flags.inputType ?? project?.inputType,
        outputType: flags.outputType ?? project?.outputType,
      });
      const files = await Promise.all(
        written.map(async (file) => ({ path: file, bytes: (await stat(file)).size })),
      );
      if (flags.json) return printJson({ name: graph.name, format, files });
      for (const { path: file, bytes } of files)
        printStep('export', `${file}: ${formatBytes(bytes)}`);
    });
}
