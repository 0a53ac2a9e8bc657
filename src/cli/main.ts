#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import picocolors from 'picocolors';
import { messageOf, WickError } from '../errors.ts';
import { addCompare } from './commands/compare.ts';
import { addCompile } from './commands/compile.ts';
import { addDemo } from './commands/demo.ts';
import { addEval } from './commands/eval.ts';
import { addQuantize } from './commands/quantize.ts';
import { addReport } from './commands/report.ts';
import { addRun } from './commands/run.ts';
import { addTrain } from './commands/train.ts';

const { version, description } = JSON.parse(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
) as { version: string; description: string };

const program = new Command('wick')
  .description(description)
  .version(version)
  .showHelpAfterError("(run with '--help' for what there is)");
for (const add of [
  addTrain,
  addQuantize,
  addCompile,
  addRun,
  addEval,
  addCompare,
  addReport,
  addDemo,
]) {
  add(program);
}

try {
  await program.parseAsync();
} catch (error) {
  // Bad input is told in one line; anything else is a bug, whose stack helps to report it.
  const text =
    error instanceof WickError
      ? error.message
      : `bug in wick: ${error instanceof Error ? error.stack : messageOf(error)}`;
  process.stderr.write(`${picocolors.red('error')}: ${text}\n`);
  process.exitCode = 1;
}
