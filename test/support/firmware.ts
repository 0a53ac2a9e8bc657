import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { requireTool } from './tools.ts';

/** An application of a few hundred lines' firmware that tries what boards promise. */
export const boardApp = fileURLToPath(new URL('../firmware/board-app/', import.meta.url));

/** What installs what a firmware is built with. */
export const installBuildTools =
  'apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi cmake ninja-build (Debian)';

/** Whether a firmware can be built here. */
export const canBuild = ['arm-none-eabi-gcc', 'cmake', 'ninja'].every((command) =>
  requireTool(command, installBuildTools),
);

/**
 * Replaces PATH, until the test is over, by one folder with programs of these names. Each is a shell script; `$0` is its path.
 */
export async function fakePrograms(
  folder: string,
  scripts: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, name), 0o755);
  }
  const before = process.env.PATH;
  process.env.PATH = folder;
  // A hook of this module would be one of the first file alone that is run in a worker.
  onTestFinished(() => {
    process.env.PATH = before;
  });
}

/** A firmware that runs in QEMU; what it sends is read as it comes. */
export interface Emulated {
  send(bytes: Uint8Array | string): void;
  /** Waits for this many bytes and takes them. */
  take(count: number): Promise<Buffer>;
  /** Waits for a line and takes it, without its end. */
  line(): Promise<string>;
  stop(): Promise<void>;
}

/** Starts QEMU with an ELF file. Its serial port is this process's; a tick is an instruction. */
export function emulate(machine: string, elf: string): Emulated {
  const child: ChildProcess = spawn(
    'qemu-system-arm',
    [
      ...['-M', machine, '-nographic', '-monitor', 'none', '-serial', 'stdio'],
      ...['-icount', 'shift=0', '-kernel', elf],
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let received = Buffer.alloc(0);
  let wake = () => {};
  let ended = '';
  child.stdout?.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    wake();
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    ended += bytes.toString();
  });
  child.on('close', () => {
    ended += ' (QEMU ended)';
    wake();
  });
  const until = async (count: () => number): Promise<Buffer> => {
    for (;;) {
      const there = count();
      if (there > 0 && received.length >= there) {
        const taken = received.subarray(0, there);
        received = received.subarray(there);
        return taken;
      }
      if (ended !== '') throw new Error(`${ended}; received ${JSON.stringify(String(received))}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    send: (bytes) => child.stdin?.write(bytes),
    take: (count) => until(() => count),
    line: async () => (await until(() => received.indexOf('\n') + 1)).toString().trimEnd(),
    stop: () =>
      new Promise((resolve) => {
        child.on('close', () => resolve());
        child.kill();
      }),
  };
}
