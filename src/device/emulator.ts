import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { atEnd } from '../at-end.ts';
import { WickError } from '../errors.ts';
import type { Transport } from './transport.ts';

/** A line to an emulated device, whose process it is. */
export interface EmulatorTransport extends Transport {
  readonly pid: number;
}

const command = 'qemu-system-arm';

/** One tick of the virtual clock, 1 ns, an instruction; the serial port on standard input and output. */
const options = [
  ...['-display', 'none', '-monitor', 'none', '-parallel', 'none'],
  ...['-chardev', 'stdio,id=line,signal=off', '-serial', 'chardev:line'],
  ...['-icount', 'shift=0'],
];

/**
 * Starts QEMU with a firmware, at once or not at all. It ends with the line, or with this process. Throws a WickError
 * where the firmware or QEMU is missing.
 *
 * @param elf the firmware
 * @param machine QEMU's name of the board (`-M`)
 */
export async function startEmulator(elf: string, machine: string): Promise<EmulatorTransport> {
  if (!existsSync(elf)) {
    throw new WickError({
      what: 'there is no firmware',
      where: elf,
      hint: "'wick firmware build' makes it",
    });
  }
  const child = spawn(command, ['-M', machine, ...options, '-kernel', elf], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const where = `QEMU (${machine})`;
  let isOpen = true;
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 1000);
  });
  // Writing to a process that has ended is told by its end.
  child.stdin.on('error', () => {});
  const ended = new Promise<string>((resolve) => {
    child.once('close', (code, signal) =>
      resolve(complaint.trim() || (signal === null ? `exit code ${code}` : `signal ${signal}`)),
    );
  });
  void ended.then(atEnd(() => child.kill('SIGKILL')));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    // Also where it cannot be ended, which then is no news.
    child.on('error', reject);
  }).catch(() => {
    throw new WickError({
      what: `'${command}' is missing or cannot be started`,
      hint: "'wick firmware doctor' says how to get it",
    });
  });
  return {
    where,
    pid: child.pid as number,
    // A busy host may keep QEMU waiting; that it has ended is told at once.
    patience: 30_000,
    silenceHint: `check that ${elf} is a firmware for this machine`,
    listen({ onData, onClose }) {
      child.stdout.on('data', onData);
      void ended.then((received) => {
        if (isOpen) onClose(new WickError({ what: 'QEMU ended', where, received }));
        isOpen = false;
      });
    },
    write(bytes) {
      child.stdin.write(bytes);
    },
    async close() {
      isOpen = false;
      child.kill('SIGKILL');
      await ended;
    },
  };
}
