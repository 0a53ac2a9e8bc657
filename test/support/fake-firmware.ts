import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import type { Transport } from '../../src/device/transport.ts';
import { WickError } from '../../src/errors.ts';
import { requireTool } from './tools.ts';

/** Whether the firmware's application can be built for this machine. */
export const hasGcc = requireTool('gcc', 'apt-get install gcc');

const firmware = fileURLToPath(new URL('../../firmware/', import.meta.url));
const fake = fileURLToPath(new URL('../firmware/fake/', import.meta.url));
const sourcesOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(folder, name));

/** Bytes of the inputs and outputs of the fake engine's model (test/firmware/fake/engine.c). */
export const fakePorts = { inputs: [600, 5], outputs: [600, 4] } as const;

/** Its weights, of which WICK_WEIGHTS says how many there are. */
export const fakeWeights = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) >> 3);

/** The SHA-256 of the model that it says it is. */
export const fakeModelSha256 = createHash('sha256').update('fake model').digest('hex');

/** First bytes of input 0 that make an inference go wrong, or take long. */
export const misfortune = { trap: 0xee, fault: 0xdd, slow: 0xcc } as const;

/** What its inference makes of its inputs; `inferences` counts this one. */
export function fakeInference(
  first: Uint8Array,
  second: Uint8Array,
  inferences: number,
): readonly [Uint8Array, Uint8Array] {
  return [
    first.map((value, i) => value * 3 + (second[i % second.length] as number) + inferences),
    Uint8Array.of(inferences, 0, 0, 0),
  ];
}

/**
 * Builds the firmware's application with a board that is a process and an engine that is a few lines, for this machine,
 * with every check of accesses and arithmetic that gcc has. Returns the program.
 */
export function buildFakeFirmware(
  folder: string,
  { sha256 = fakeModelSha256, name = 'fake model' }: { sha256?: string; name?: string } = {},
): string {
  const program = join(folder, 'firmware');
  const bytes = (hex: string) => [...Buffer.from(hex, 'hex')].join(',');
  execFileSync('gcc', [
    ...['-std=c11', '-O1', '-g', '-Wall', '-Wextra', '-Wconversion', '-Werror'],
    ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    ...['boards', 'engine', 'app'].flatMap((part) => ['-I', join(firmware, part)]),
    '-DFIRMWARE_VERSION="1.2.3"',
    `-DMODEL_NAME=${JSON.stringify(name)}`,
    `-DMODEL_SHA256=${bytes(sha256)}`,
    `-DWEIGHTS_CRC32=${crc32(fakeWeights)}u`,
    `-DWEIGHTS_SHA256=${bytes(createHash('sha256').update(fakeWeights).digest('hex'))}`,
    ...sourcesOf(join(firmware, 'app')),
    ...sourcesOf(fake),
    ...['-o', program],
  ]);
  return program;
}

/** What a line makes of the bytes that are sent over it, all at once. */
export type Distort = (bytes: Uint8Array) => Uint8Array;

const undistorted: Distort = (bytes) => bytes;

/** A line to a process that stands for a device. */
export interface ProcessLine extends Transport {
  readonly child: ChildProcess;
}

/** Starts the program of {@link buildFakeFirmware}, at the other end of a line that may distort what it carries. */
export function startFakeFirmware(
  program: string,
  {
    env = {},
    toDevice = undistorted,
    toHost = undistorted,
    patience = 60_000,
  }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly toDevice?: Distort;
    readonly toHost?: Distort;
    readonly patience?: number;
  } = {},
): ProcessLine {
  const child = spawn(program, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  child.stdin.on('error', () => {});
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  let isOpen = true;
  return {
    child,
    where: 'fake line',
    patience,
    silenceHint: 'nothing is there',
    listen({ onData, onClose }) {
      child.stdout.on('data', (bytes: Uint8Array) => onData(toHost(bytes)));
      void ended.then(() => {
        if (isOpen) onClose(new WickError({ what: 'process ended', received: complaint.trim() }));
      });
    },
    write: (bytes) => child.stdin.write(toDevice(bytes)),
    async close() {
      isOpen = false;
      child.stdin.end();
      await ended;
      // What the sanitizers found is a fault whatever the answers were.
      if (complaint !== '') throw new Error(complaint);
    },
  };
}
