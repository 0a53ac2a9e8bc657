import type { Board } from './boards.ts';
import { type PlacedSection, parseMap } from './map.ts';

/** The parts of a firmware: targets of firmware/CMakeLists.txt, the C library, and what the linker filled in. */
export const parts = ['app', 'board', 'engine', 'model', 'weights', 'library', 'fill'] as const;

/** One of {@link parts}. */
export type Part = (typeof parts)[number];

/** The bytes of a firmware in flash and RAM. */
export interface FirmwareSizes {
  /** Code, constants and initial values: the bytes of `firmware.bin`. */
  readonly flashBytes: number;
  readonly flash: Readonly<Record<Part, number>>;
  /** Variables, the model's memory among them; the stack comes on top. */
  readonly ramBytes: number;
  readonly ram: Readonly<Record<Part, number>>;
  /** What the linker keeps for the stack. */
  readonly stackBytes: number;
}

const inFlash = ['.text', '.data'];
const inRam = ['.data', '.bss', '.noinit'];

/** The sizes of a firmware, of the linker's map. */
export function readSizes(map: string, board: Pick<Board, 'stackBytes'>): FirmwareSizes {
  const sections = parseMap(map);
  const flash = sumParts(sections, inFlash);
  const ram = sumParts(sections, inRam);
  const total = (bytes: Readonly<Record<Part, number>>) =>
    parts.reduce((sum, part) => sum + bytes[part], 0);
  return {
    flashBytes: total(flash),
    flash,
    ramBytes: total(ram),
    ram,
    stackBytes: board.stackBytes,
  };
}

function sumParts(
  sections: readonly PlacedSection[],
  outputs: readonly string[],
): Readonly<Record<Part, number>> {
  const bytes = Object.fromEntries(parts.map((part) => [part, 0])) as Record<Part, number>;
  for (const section of sections) {
    if (outputs.includes(section.output)) bytes[partOf(section)] += section.bytes;
  }
  return bytes;
}

function partOf({ object }: PlacedSection): Part {
  if (object === undefined) return 'fill';
  const target = /CMakeFiles[\\/]wick_(app|board|engine|model|weights)\.dir[\\/]/.exec(object)?.[1];
  return (target as Part | undefined) ?? 'library';
}
