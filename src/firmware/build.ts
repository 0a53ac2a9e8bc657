import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { atEnd } from '../at-end.ts';
import type { Graph } from '../graph/types.ts';
import { checkModes } from '../native/kernels.ts';
import { check, parseJson, wholeNumber } from '../schema.ts';
import { readBytes, writeFiles } from '../write-files.ts';
import type { Board } from './boards.ts';
import { firmwareFormats, runCmake } from './cmake.ts';
import { type EngineName, engineNames, type ModelOptions, type WriteModel } from './engines.ts';
import { checkFit } from './fit.ts';
import { type FirmwareSizes, parts, readSizes } from './sizes.ts';
import { writers } from './writers.ts';

/** What a firmware is built of. */
export interface BuildOptions extends Omit<ModelOptions, 'cpu'> {
  readonly board: Board;
  readonly engine: EngineName;
  /** Writes the model's C; by default what the engine has for it. */
  readonly writeModel?: WriteModel | undefined;
  /** What the firmware says of itself. */
  readonly version: string;
  /** Bits a second of the serial port; by default 115200. */
  readonly baud?: number | undefined;
  /** A folder to leave the model's C in as well, for cmake by hand. */
  readonly sources?: string | undefined;
  /** Called with what is done and how much of it, 0 to 1. */
  readonly onProgress?: ((done: number, text: string) => void) | undefined;
}

const count = wholeNumber(0);
const partsSchema = v.object(
  Object.fromEntries(parts.map((part) => [part, count])) as Record<
    (typeof parts)[number],
    typeof count
  >,
);

/** The schema of `firmware.json`: what a firmware is, for those who flash it or talk to it. */
const descriptionSchema = v.object({
  name: v.string(),
  board: v.string(),
  engine: v.picklist(engineNames),
  checks: v.picklist(checkModes),
  optimize: v.picklist(['speed', 'size']),
  version: v.string(),
  baud: wholeNumber(1),
  arenaBytes: count,
  /** All RAM of the model: arena, state, and what the engine adds. */
  memoryBytes: count,
  weightsBytes: count,
  flashBytes: count,
  flash: partsSchema,
  ramBytes: count,
  ram: partsSchema,
  stackBytes: count,
  /** The largest frames of functions on the stack. */
  frames: v.array(v.object({ function: v.string(), bytes: count })),
});

/** `firmware.json`. */
export type FirmwareDescription = Readonly<v.InferOutput<typeof descriptionSchema>> & FirmwareSizes;

/** The file that describes a firmware, beside `firmware.elf`, `.bin`, `.hex` and `.map`. */
const descriptionFile = 'firmware.json';

/** How many of the largest frames are named. */
const namedFrames = 5;

/** The bits a second of a serial port where nothing else is said. */
export const defaultBaud = 115_200;

/** Where a board's firmware is in a build folder. */
export function firmwareFolder(build: string, board: string): string {
  return join(build, 'firmware', board);
}

/**
 * Builds the firmware of a board with a model, and writes `firmware.elf`, `.bin`, `.hex`, `.map` and `.json` into a folder.
 * Nothing is written there unless all of it was made.
 *
 * @throws WickError where a tool is missing, the model does not fit the board (with the figures, before anything is
 *   compiled where that is certain), or the folder cannot be written to
 */
export async function buildFirmware(
  graph: Graph,
  folder: string,
  options: BuildOptions,
): Promise<FirmwareDescription> {
  const { board, engine, checks, optimize, version, onProgress } = options;
  const { baud = defaultBaud, writeModel = writers[engine] } = options;
  const temporary = await mkdtemp(join(tmpdir(), 'wick-firmware-'));
  // What cmake has started may still write there for a moment.
  const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 };
  const callOff = atEnd(() => rmSync(temporary, removal));
  try {
    const directory = join(temporary, 'model');
    await mkdir(directory);
    onProgress?.(0, 'writing C');
    const model = await writeModel(graph, directory, { checks, optimize, cpu: board.cpu });
    checkFit(graph.name, model, board, { optimize });
    const files = await runCmake({
      board,
      directory: join(temporary, 'build'),
      model: { engine, directory },
      baud,
      version,
      name: graph.name,
      onProgress: (done) => onProgress?.(done, 'compiling'),
    });
    const { arenaBytes, memoryBytes, weightsBytes } = model;
    const description: FirmwareDescription = {
      ...{ name: graph.name, board: board.name, engine, checks, optimize, version, baud },
      ...{ arenaBytes, memoryBytes, weightsBytes },
      ...readSizes(Buffer.from(files.map).toString(), board),
      frames: files.frames.slice(0, namedFrames),
    };
    if (options.sources !== undefined) await copyFiles(directory, options.sources);
    await writeFiles(
      folder,
      new Map<string, Uint8Array | string>([
        ...firmwareFormats.map((format) => [`firmware.${format}`, files[format]] as const),
        [descriptionFile, `${JSON.stringify(description, null, 2)}\n`],
      ]),
    );
    return description;
  } finally {
    callOff();
    await rm(temporary, removal);
  }
}

async function copyFiles(from: string, to: string): Promise<void> {
  const names = await readdir(from);
  const contents = await Promise.all(names.map((name) => readBytes(join(from, name))));
  await writeFiles(to, new Map(names.map((name, index) => [name, contents[index] as Uint8Array])));
}

/** Reads `firmware.json` of a folder. Throws a WickError where it is missing or malformed. */
export async function readFirmware(folder: string): Promise<FirmwareDescription> {
  const path = join(folder, descriptionFile);
  return check(descriptionSchema, parseJson(await readBytes(path), path), path);
}
