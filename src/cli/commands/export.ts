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
const ofC = 'Options of --format c and c-project:';
const ofProject = 'Options of --format c-project:';

/** The other formats have the graph as it is: a flag that changed nothing would look as if it had. */
function refuseUnused(flags: Flags): void {
  const forBoth = {
    formats: ['c', 'c-project'],
    hint: 'leave it out; the graph is written as it is',
  };
  const forProject = { formats: ['c-project'], hint: 'leave it out; the format has no code' };
  const given = [
    { name: '--optimize', value: flags.optimize, ...forBoth },
    { name: '--input-type', value: flags.inputType, ...forBoth },
    { name: '--output-type', value: flags.outputType, ...forBoth },
    { name: '--config', value: flags.config, ...forBoth },
    { name: '--checks', value: flags.checks, ...forProject },
  ].find(({ value, formats }) => value !== undefined && !formats.includes(flags.format));
  if (!given) return;
  throw new WickError({
    what: `the option is for ${given.formats.length > 1 ? 'the formats' : 'the format'} ${given.formats.join(' and ')} alone`,
    where: given.name,
    expected: `--format ${given.formats.join(' or ')}`,
    received: `--format ${flags.format}`,
    hint: given.hint,
  });
}

/** `wick export`: a graph in another format. */
export function addExport(program: Command): void {
  program
    .command('export')
    .description(
      'write a graph as a .tflite file, as C for your own firmware, as a blob with a C header, or as readable JSON',
    )
    .argument(
      '<model>',
      'a build folder (its int8 graph, or else the float one), or a .wick.json or .tflite file',
    )
    .addOption(
      new Option(
        '-f, --format <format>',
        'what to write; tflite: one file, int8 or float; json: .wick.json and its weights; c: weights.bin and model.h; c-project: a folder of C for your own firmware',
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
    .addOption(options.checks().helpGroup(ofProject))
    .addHelpText(
      'after',
      '\nExample:\n  wick export build/mnist-cnn --format tflite -o mnist.tflite',
    )
    .action(async (model: string, flags: Flags) => {
      refuseUnused(flags);
      const { graph: path, directory } = await anyGraphPath(model);
      const graph = await openGraph(path);
      const { format, out = join(directory, exportFolder) } = flags;
      const project = format.startsWith('c') ? await findProject(flags) : undefined;
      const written = await exportModel(graph, format, out, {
        optimize: flags.optimize ?? project?.optimize,
        inputType: flags.inputType ?? project?.inputType,
        outputType: flags.outputType ?? project?.outputType,
        checks: flags.checks,
      });
      const files = await Promise.all(
        written.map(async (file) => ({ path: file, bytes: (await stat(file)).size })),
      );
      if (flags.json) return printJson({ name: graph.name, format, files });
      for (const { path: file, bytes } of files)
        printStep('export', `${file}: ${formatBytes(bytes)}`);
    });
}
