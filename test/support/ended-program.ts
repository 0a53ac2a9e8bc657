import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const patience = { timeout: 30_000, interval: 20 };

/** Whether a process is there. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/**
 * Ends the command line by SIGTERM once what it has started is there, and waits for both to end. Fails where either goes on.
 *
 * @param pidFile where that process writes its number
 * @param environment of the command line, beside this process's
 */
export async function endWick(
  args: readonly string[],
  pidFile: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<void> {
  const env = { ...process.env, ...environment };
  const program = spawn(process.execPath, [main, ...args], { stdio: 'ignore', env });
  const ended = new Promise((resolve) => {
    program.once('exit', (code, signal) => resolve(signal ?? code));
  });
  const pid = await vi.waitUntil(
    async () => Number(await readFile(pidFile, 'utf8').catch(() => '')),
    patience,
  );
  program.kill('SIGTERM');
  if ((await ended) !== 'SIGTERM') throw new Error(`it ended by ${await ended}`);
  await vi.waitUntil(() => !isRunning(pid), patience);
}
