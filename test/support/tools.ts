import { spawnSync } from 'node:child_process';

/**
 * Whether a command that only some tests need is there. Tests that need it are skipped where it is not, with the line
 * that installs it in their title; under `WICK_REQUIRE_ALL=1` nothing may be skipped, and this throws instead.
 */
export function requireTool(command: string, install: string): boolean {
  const { error } = spawnSync(command, ['--version'], { stdio: 'ignore' });
  if (error === undefined) return true;
  if (process.env.WICK_REQUIRE_ALL === '1') {
    throw new Error(`'${command}' is missing (${error.message}); install it: ${install}`);
  }
  return false;
}

/** A test's title, with the line that installs what it needs where that is missing. */
export function titleWithTool(title: string, present: boolean, install: string): string {
  return present ? title : `${title} (skipped; install it: ${install})`;
}
