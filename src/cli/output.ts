import { Presets, SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import picocolors from 'picocolors';

/** Whether a person watches: progress bars are drawn on a terminal only. */
const interactive = process.stderr.isTTY === true;

/** Prints one JSON object. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints a line of text. */
export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a step that is done: its name in a column of its own, then what it did. */
export function printStep(step: string, text: string): void {
  printLine(`${picocolors.green('✔')} ${picocolors.bold(step.padEnd(9))} ${text}`);
}

/** Prints a table; numbers in text form are aligned right by their column. */
export function printTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: readonly ('left' | 'right')[],
): void {
  const table = new Table({
    head: [...head],
    colAligns: [...align],
    style: { head: picocolors.isColorSupported ? ['bold'] : [], border: [], compact: true },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  });
  table.push(...rows.map((row) => [...row]));
  printLine(table.toString());
}

/** A progress bar on standard error; silent where that is no terminal. */
export interface Progress {
  /** `done` is 0 to 1. */
  update(done: number, text?: string): void;
  stop(): void;
}

/** Starts a progress bar with a title. */
export function startProgress(title: string): Progress {
  if (!interactive) return { update() {}, stop() {} };
  const bar = new SingleBar(
    {
      format: `  ${title} {bar} {percentage}% {text}`,
      hideCursor: true,
      clearOnComplete: true,
      stream: process.stderr,
      linewrap: false,
    },
    Presets.shades_classic,
  );
  bar.start(1000, 0, { text: '' });
  return {
    update: (done, text = '') => bar.update(Math.round(done * 1000), { text }),
    stop: () => bar.stop(),
  };
}
