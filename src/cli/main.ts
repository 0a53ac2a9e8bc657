#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';

// Whoever reads the output may stop before its end, as `head` does: that is no fault, and there is nothing left to say.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCommandLine(process.argv.slice(2));
