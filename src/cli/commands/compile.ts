import type { Command } from 'commander';
import { loadGraph } from '../../graph/files.ts';
import type { IoTypes } from '../../graph/types.ts';
import { formatBytes } from '../../report/format.ts';
import { compileStep } from '../../steps.ts';
import { graphPath } from '../graph-path.ts';
import { findProject, type ProjectOptions } from '../load-project.ts';
import { options } from '../options.ts';
import { printJson, printStep } from '../output.ts';

interface Flags extends ProjectOptions, IoTypes {
  readonly out?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** `wick compile`: WebAssembly, weights and header from an int8 graph. */
export function addCompile(program: Command): void {
  program
    .command('compile')
    .description(
      'compile an int8 graph: model.wasm, model.simd.wasm, weights.bin, model.h, model.json',
    )
    .argument('<model>', 'a build folder or an int8 .wick.json file')
    .addOption(options.optimize())
    .addOption(options.inputType())
    .addOption(options.outputType())
    .addOption(options.config())
    .option('--debug', 'also export run_layer(i), to read every intermediate tensor')
    .addOption(options.out())
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  wick compile build/mnist-cnn --optimize speed -o build/fast',
    )
    .action(async (model: string, flags: Flags) => {
      const { graph, directory } = await graphPath(model, 'int8Graph', flags.out);
      const project = await findProject(flags);
      const { description } = await compileStep(await loadGraph(graph), directory, {
        optimize: flags.optimize ?? project?.optimize,
        inputType: flags.inputType ?? project?.inputType,
        outputType: flags.outputType ?? project?.outputType,
        debug: flags.debug,
      });
      if (flags.json) return printJson(description);
      const { weightsBytes, wasmBytes, arenaBytes, stateBytes } = description;
      const state = stateBytes > 0 ? `, state ${formatBytes(stateBytes)}` : '';
      printStep(
        'compile',
        `${directory}: weights ${formatBytes(weightsBytes)}, Wasm ${formatBytes(wasmBytes)} without data, arena ${formatBytes(arenaBytes)}${state}`,
      );
    });
}
