import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { vi } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';

/** What a command line printed, and its exit code. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Starts the built `wick` as a process of its own (see build-once.ts), with neither stream a terminal. */
export function spawnWick(
  args: readonly string[],
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string>>;
    /** Stop reading standard output before anything is written. */
    readonly deaf?: boolean;
  } = {},
): Promise<Outcome> {
  // What a developer's shell or a CI host says about colours must not decide a test.
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...env } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...args], {
      cwd: options.cwd,
      env: { ...env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (options.deaf) child.stdout.destroy();
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/**
 * Runs a command line of `wick` in this process: the same code, without the half second that a process takes. Colours,
 * which some environments ask for, are left out.
 */
export async function runWick(...args: readonly string[]): Promise<Outcome> {
  const printed = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += String(text);
      return true;
    }),
  );
  try {
    const code = await runCommandLine(args);
    const [stdout, stderr] = [printed.stdout, printed.stderr].map(stripVTControlCharacters);
    return { code, stdout: stdout ?? '', stderr: stderr ?? '' };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
