import { Presets, SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import picocolors from 'picocolors';

/** Prints one JSON object. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Prints a line of text. */
export function printLine(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a warning on standard error: the result stands, but may not be what was meant. */
export function printWarning(text: string): void {
  process.stderr.write(`${picocolors.yellow('warning')}: ${text}\n`);
}

/** Prints a step that is done: its name in a column of its own, then what it did. */
export function printStep(step: string, text: string): void {
  printLine(`${picocolors.green('✔')} ${picocolors.bold(step.padEnd(9))} ${text}`);
}

/** Prints a table, under no head where that is empty; numbers in text form are aligned right by their column. */
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
  for (const row of rows) table.push([...row]);
  printLine(table.toString());
}

/** A progress bar on standard error; silent where that is no terminal. */
export interface Progress {
  /** Draws the bar, from the first call on; `done` is 0 to 1. */
  readonly update: (done: number, text?: string) => void;
  /** Takes the bar away, so that something else can be printed. */
  readonly stop: () => void;
}

/** Runs a task that can show its progress under a title. However the task ends, the bar is gone then. */
export async function withProgress<T>(
  title: string,
  task: (progress: Progress) => T | Promise<T>,
): Promise<T> {
  const progress = createProgress(title);
  try {
    return await task(progress);
  } finally {
    // A bar that is left running redraws itself for ever, and the process never ends.
    progress.stop();
  }
}

function createProgress(title: string): Progress {
  // A person watches only where standard error is a terminal.
  if (process.stderr.isTTY !== true) return { update() {}, stop() {} };
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
  return {
    update(done, text = '') {
      if (!bar.isActive) bar.start(1000, 0, { text: '' });
      bar.update(Math.round(done * 1000), { text });
    },
    stop() {
      if (bar.isActive) bar.stop();
    },
  };
}
