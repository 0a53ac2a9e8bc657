// The built command line, for what CI checks.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** What a command prints with --json. Throws where it fails. */
export const wick = (...args) =>
  JSON.parse(
    execFileSync(process.execPath, [main, ...args, '--json'], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    }),
  );
