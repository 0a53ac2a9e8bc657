import { Command, CommanderError } from 'commander';
import picocolors from 'picocolors';
import { messageOf, WickError } from '../errors.ts';
import { manifest } from '../manifest.ts';
import { addCompare } from './commands/compare.ts';
import { addCompile } from './commands/compile.ts';
import { addDemo } from './commands/demo.ts';
import { addDevice } from './commands/device.ts';
import { addEval } from './commands/eval.ts';
import { addExport } from './commands/export.ts';
import { addFirmware } from './commands/firmware.ts';
import { addFlash } from './commands/flash.ts';
import { addImport } from './commands/import.ts';
import { addProfile } from './commands/profile.ts';
import { addQuantize } from './commands/quantize.ts';
import { addReport } from './commands/report.ts';
import { addRun } from './commands/run.ts';
import { addTrain } from './commands/train.ts';

/** Every verb, in the order in which `wick --help` lists them. */
const verbs = [
  addTrain,
  addImport,
  addQuantize,
  addCompile,
  addExport,
  addRun,
  addEval,
  addCompare,
  addProfile,
  addReport,
  addFirmware,
  addFlash,
  addDevice,
  addDemo,
];

/** A parser of command lines without verbs. It throws a CommanderError where it would end the process. */
export function createParser(name: string): Command {
  // What is wrong is printed once, by runProgram.
  return new Command(name).exitOverride().configureOutput({ outputError: () => {} });
}

/** The parser of command lines with every verb, see {@link createParser}. */
export function createProgram(): Command {
  const program = createParser('wick').description(manifest.description).version(manifest.version);
  for (const addVerb of verbs) addVerb(program);
  return program;
}

/** Runs one command line of `wick`, see {@link runProgram}. */
export function runCommandLine(args: readonly string[]): Promise<number> {
  return runProgram(createProgram(), args);
}

/**
 * Runs one command line (without the names of the interpreter and the script) and returns the exit code. Whatever goes
 * wrong is printed on standard error, bad input in one line.
 */
export async function runProgram(program: Command, args: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (isHelp(error)) return error.exitCode;
    process.stderr.write(`${picocolors.red('error')}: ${explain(error)}\n`);
    return 1;
  }
}

/** Whether help or the version was printed instead of running a verb. */
function isHelp(error: unknown): error is CommanderError {
  return (
    error instanceof CommanderError && /^commander\.(help|helpDisplayed|version)$/.test(error.code)
  );
}

function explain(error: unknown): string {
  if (error instanceof WickError) return oneLine(error.message);
  if (error instanceof CommanderError) {
    const statement = oneLine(error.message)
      .replace(/^error: /, '')
      .replace(/\.$/, '');
    return `${statement}; add --help to see what there is`;
  }
  // Anything else is not the input's fault; its stack helps to report it.
  return `bug in wick: ${error instanceof Error ? error.stack : messageOf(error)}`;
}

/** Messages may quote what a file holds, line breaks included. */
function oneLine(text: string): string {
  return text.trim().replaceAll(/\s*\n\s*/g, ' ');
}
