import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import type { Transport } from '../../src/device/transport.ts';
import { WickError } from '../../src/errors.ts';
import { requireTool } from './tools.ts';

/** Whether the firmware's application can be built for this machine. */
export const hasGcc = requireTool('gcc', 'apt-get install gcc');

/** The firmware's application. */
export const application = fileURLToPath(new URL('../../firmware/app/', import.meta.url));

const firmware = fileURLToPath(new URL('../../firmware/', import.meta.url));
const fakeBoard = fileURLToPath(new URL('../firmware/fake-board/', import.meta.url));

/** Engines that stand in for real ones, see the files of test/firmware/fake-engines. */
export type FakeEngine = 'counting' | 'relu';

/** The path of an engine's only file. */
export function fakeEnginePath(engine: FakeEngine): string {
  return fileURLToPath(new URL(`../firmware/fake-engines/${engine}.c`, import.meta.url));
}

const sourcesOf = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(folder, name));

/** Bytes of the inputs and outputs of the counting engine's model (test/firmware/fake-engines/counting.c). */
export const fakePorts = { inputs: [600, 5], outputs: [600, 4] } as const;

/** Its weights, of which WICK_WEIGHTS says how many there are. */
export const fakeWeights = Uint8Array.from({ length: 1000 }, (_, i) => (i * i) >> 3);

/** The SHA-256 of the model that it says it is. */
const fakeModelSha256 = createHash('sha256').update('fake model').digest('hex');

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

/** What an engine is told of its model by `facts.h`. */
export interface ModelFacts {
  readonly name: string;
  readonly sha256: string;
  readonly weights: Uint8Array;
  /** Further constants. */
  readonly constants?: Readonly<Record<string, number>>;
}

const countingFacts: ModelFacts = {
  name: 'fake model',
  sha256: fakeModelSha256,
  weights: fakeWeights,
};

/** The contents of `facts.h`. */
export function factsHeader({ name, sha256, weights, constants = {} }: ModelFacts): string {
  const bytes = (hex: string) => [...Buffer.from(hex, 'hex')].join(', ');
  return [
    `#define MODEL_NAME ${JSON.stringify(name)}`,
    `#define MODEL_SHA256 ${bytes(sha256)}`,
    `#define WEIGHTS_CRC32 ${crc32(weights)}u`,
    `#define WEIGHTS_SHA256 ${bytes(createHash('sha256').update(weights).digest('hex'))}`,
    ...Object.entries(constants).map(([key, value]) => `#define ${key} ${value}`),
    '',
  ].join('\n');
}

/**
 * Builds the firmware's application with a board that is a process and an engine that is a few lines, for this machine,
 * with every check of accesses and arithmetic that gcc has. Returns the program.
 */
export function buildFakeFirmware(
  folder: string,
  engine: FakeEngine = 'counting',
  facts: ModelFacts = countingFacts,
): string {
  const program = join(folder, `firmware-${engine}`);
  const include = mkdtempSync(join(folder, 'facts-'));
  writeFileSync(join(include, 'facts.h'), factsHeader(facts));
  execFileSync('gcc', [
    ...['-std=c11', '-O1', '-g', '-Wall', '-Wextra', '-Wconversion', '-Werror'],
    ...['-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
    ...['boards', 'engine', 'app'].flatMap((part) => ['-I', join(firmware, part)]),
    ...['-I', fakeBoard, '-I', include, '-DFIRMWARE_VERSION="1.2.3"'],
    ...sourcesOf(application),
    ...sourcesOf(fakeBoard),
    ...[fakeEnginePath(engine), '-o', program],
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
    env: { ...process.env, ...env, WICK_PROGRAM: program },
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

/** Starts the same with a pseudo terminal for its serial port; a program finds it there until it is stopped. */
export async function startOnTerminal(
  program: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly port: string; stop(): Promise<void> }> {
  const child = spawn(program, {
    env: { ...process.env, ...env, WICK_PROGRAM: program, WICK_PTY: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stderr.once('data', (text: Buffer) => resolve(text.toString().trim()));
    child.once('error', reject);
  });
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
