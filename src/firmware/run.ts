import { spawn } from 'node:child_process';
import { atEnd } from '../at-end.ts';
import { fileError } from '../write-files.ts';

/** What a command did. */
export interface Outcome {
  /** Its exit code; null where a signal ended it. */
  readonly code: number | null;
  /** Both streams, as they came. */
  readonly output: string;
}

/** Runs a command to its end, or to that of this process. Throws a WickError where it cannot be started. */
export function run(
  command: string,
  args: readonly string[],
  onOutput?: (text: string) => void,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const release = atEnd(() => child.kill());
    let output = '';
    const add = (text: string) => {
      output += text;
      onOutput?.(text);
    };
    child.stdout.setEncoding('utf8').on('data', add);
    child.stderr.setEncoding('utf8').on('data', add);
    child.on('error', (error) => reject(fileError(error, command, 'read')));
    child.on('close', (code) => {
      release();
      resolve({ code, output });
    });
  });
}
