import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { check, parseJson, strictObject, wholeNumber } from '../schema.ts';

/** The firmware's sources, which the package carries beside `dist`. */
export const firmwareDirectory = fileURLToPath(new URL('../../firmware/', import.meta.url));

/** Where the boards' folders are. */
const boardsDirectory = join(firmwareDirectory, 'boards');

const address = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]{8}$/, 'an address is 0x and eight hexadecimal digits'),
);

/** The cores that there are boards with, as GCC names them. */
const cpus = ['cortex-m0plus', 'cortex-m3', 'cortex-m4', 'cortex-m7'] as const;

/** One of the boards' cores. */
export type Cpu = (typeof cpus)[number];

/** The schema of a board's `board.json`; docs/firmware.md says what each key is for. */
const boardSchema = strictObject({
  title: v.string(),
  mcu: v.string(),
  cpu: v.picklist(cpus),
  coreHz: v.optional(wholeNumber(1)),
  flashOrigin: address,
  flashBytes: wholeNumber(1),
  ramOrigin: address,
  ramBytes: wholeNumber(1),
  stackBytes: wholeNumber(256),
  uart: v.string(),
  sources: v.array(v.string()),
  qemu: v.optional(strictObject({ machine: v.string() })),
  openocd: v.optional(v.array(v.string())),
  pyocd: v.optional(v.string()),
  dfu: v.optional(v.boolean()),
});

/** What the toolchain knows of a board, of its `board.json`. */
export interface Board extends Readonly<v.InferOutput<typeof boardSchema>> {
  /** The name of its folder. */
  readonly name: string;
}

/** The boards' names, sorted. */
export function boardNames(): readonly string[] {
  return readdirSync(boardsDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isBoard(entry.name))
    .map(({ name }) => name)
    .sort();
}

/** Beside the boards lie folders that they share. */
function isBoard(folder: string): boolean {
  return readdirSync(join(boardsDirectory, folder)).includes('board.json');
}

/** A board's facts. Throws a WickError where there is no such board, or its `board.json` is malformed. */
export function readBoard(name: string): Board {
  const names = boardNames();
  if (!names.includes(name)) {
    throw new WickError({
      what: 'no such board',
      where: '--board',
      expected: names.join(', '),
      received: JSON.stringify(name),
      hint: "'wick firmware boards' describes them, docs/firmware.md says how to add one",
    });
  }
  const path = join(boardsDirectory, name, 'board.json');
  return { name, ...check(boardSchema, parseJson(readFileSync(path), path), path) };
}

/** All boards, by name. */
export function readBoards(): readonly Board[] {
  return boardNames().map(readBoard);
}

/** A board with a machine of QEMU's. */
export type EmulatedBoard = Board & { readonly qemu: NonNullable<Board['qemu']> };

const isEmulated = (board: Board): board is EmulatedBoard => board.qemu !== undefined;

/** The names of the boards that QEMU emulates, sorted. */
export function emulatedNames(): readonly string[] {
  return readBoards()
    .filter(isEmulated)
    .map(({ name }) => name);
}

/** The facts of a board that QEMU emulates. Throws a WickError where there is no such board, or QEMU does not emulate it. */
export function readEmulatedBoard(name: string): EmulatedBoard {
  const board = readBoard(name);
  if (isEmulated(board)) return board;
  throw new WickError({
    what: 'QEMU does not emulate this board',
    where: '--board',
    expected: emulatedNames().join(', '),
    received: name,
  });
}
