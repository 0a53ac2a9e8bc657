import type { Command } from 'commander';
import { openCompiled, openDebug } from '../../evaluate/debug.ts';
import type { ActivationData } from '../../graph/types.ts';
import { formatPercent } from '../../report/format.ts';
import { type Answer, givesOneValue, run, runValue, type ValueAnswer } from '../../runtime/run.ts';
import { type DebugModel, tap, writeTap } from '../../runtime/tap.ts';
import { options } from '../options.ts';
import { printJson, printLine, printTable } from '../output.ts';
import { addInputFlags, type InputFlags, readInput } from '../read-input.ts';

interface Flags extends InputFlags {
  readonly json?: boolean;
  readonly tap?: string;
}

/** `wick run`: one inference on a file. */
export function addRun(program: Command): void {
  const command = program
    .command('run')
    .description(
      'run a compiled model on one input; prints label and scores, or its value where it gives only one',
    )
    .argument('<model>', 'a build folder or a .wasm file')
    .argument(
      '<input>',
      'a PNG of the size of the input (transparent parts are black), or raw values, int8 or float32 as the model takes them',
    );
  addInputFlags(command)
    .addOption(options.tap())
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick run build/mnist-cnn digit.png --tap build/tensors')
    .action(async (path: string, input: string, flags: Flags) => {
      const debug = flags.tap === undefined ? undefined : await openDebug(path);
      const model = debug ?? (await openCompiled(path)).model;
      const values = await readInput(model.description, input, flags);
      const answer = givesOneValue(model.description)
        ? runValue(model, values)
        : run(model, values);
      const tapped = debug && flags.tap ? await tapTo(debug, values, flags.tap) : undefined;
      if (flags.json) return printJson({ ...answer, ...(tapped && { tap: tapped }) });
      printAnswer(answer);
      if (tapped) printLine(`${tapped.tensors} tensors in ${tapped.directory}`);
    });
}

/** As many digits as a float32 has; an int8 value has three. */
const digits = (value: number) => String(Number(value.toPrecision(7)));

/** Prints an answer: its value, or else its label, then every class. */
export function printAnswer(answer: Answer | ValueAnswer): void {
  if ('value' in answer) {
    printLine(digits(answer.value));
    return;
  }
  printLine(answer.label);
  printTable(
    ['class', 'score', 'output'],
    answer.scores.map(({ label, score, output }) => [label, formatPercent(score), digits(output)]),
    ['left', 'right', 'right'],
  );
}

async function tapTo(
  model: DebugModel,
  { buffer, byteOffset, byteLength }: ActivationData,
  directory: string,
) {
  const tensors = tap(model, [new Uint8Array(buffer, byteOffset, byteLength)]);
  await writeTap(directory, model, tensors);
  return { directory, tensors: tensors.length };
}
