import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WickError } from '../errors.ts';
import type { Board } from '../firmware/boards.ts';
import { firmwareFolder, readFirmware } from '../firmware/build.ts';
import { run } from '../firmware/run.ts';
import { hasTool, missingTools } from '../firmware/tools.ts';

/** The tools that bring a firmware to a board, in the order in which they are preferred. */
export const flashTools = ['openocd', 'st-flash', 'pyocd', 'dfu-util'] as const;

/** One of {@link flashTools}. */
export type FlashTool = (typeof flashTools)[number];

/** A command line, its first word the program. */
export type CommandLine = readonly [FlashTool, ...string[]];

/** The USB identity of the boot loader that STM32 chips have in ROM. */
const dfuDevice = '0483:df11';

/**
 * The command line by which a tool writes the firmware of a folder to a board, checks it and starts it; undefined where the
 * tool does not know the board.
 */
export function flashCommand(
  tool: FlashTool,
  board: Board,
  folder: string,
): CommandLine | undefined {
  const file = (format: string) => join(folder, `firmware.${format}`);
  // Other boards are emulated only, or are not ST's.
  if (board.openocd === undefined) return undefined;
  switch (tool) {
    case 'openocd': {
      const configuration = board.openocd.flatMap((path) => ['-f', path]);
      // Braces keep Tcl from reading anything into a path, which has slashes there on Windows too.
      const elf = file('elf').replaceAll('\\', '/');
      return [tool, ...configuration, '-c', `program {${elf}} verify reset exit`];
    }
    case 'st-flash':
      return [tool, '--reset', 'write', file('bin'), board.flashOrigin];
    case 'pyocd':
      return board.pyocd === undefined
        ? undefined
        : [tool, 'flash', '--target', board.pyocd, file('hex')];
    case 'dfu-util': {
      const place = `${board.flashOrigin}:leave`;
      return board.dfu === true
        ? [tool, '--device', dfuDevice, '--alt', '0', '--dfuse-address', place, '-D', file('bin')]
        : undefined;
    }
  }
}

/** How a firmware gets to a board. */
export interface FlashPlan {
  readonly tool: FlashTool;
  readonly command: CommandLine;
  /** The folder of the firmware. */
  readonly folder: string;
}

/**
 * Finds a firmware and the tool to bring it to a board.
 *
 * @param path a build folder, or the folder of a firmware
 * @param wanted the tool; by default the first one that is installed and knows the board
 * @param dryRun whether the command is only to be shown: then a tool that is named need not be there
 * @throws WickError where there is no firmware of this board, the board is emulated, or no tool will do
 */
export async function planFlash(
  path: string,
  board: Board,
  wanted: FlashTool | undefined,
  dryRun: boolean,
): Promise<FlashPlan> {
  const folder = await findFirmware(path, board);
  const known = flashTools.filter((tool) => flashCommand(tool, board, folder) !== undefined);
  if (known.length === 0) {
    throw new WickError({
      what: 'board is emulated only',
      where: board.name,
      hint: `'wick device info --emulate --board ${board.name}' starts its firmware in QEMU`,
    });
  }
  if (wanted !== undefined && !known.includes(wanted)) {
    throw new WickError({
      what: 'the tool does not know the board',
      where: '--tool',
      expected: known.join(', '),
      received: wanted,
    });
  }
  const candidates = wanted === undefined ? known : [wanted];
  const tool = dryRun && wanted !== undefined ? wanted : candidates.find(hasTool);
  if (tool === undefined) throw missingTools(`flashing ${board.name}`, candidates.slice(0, 1));
  if (tool === 'openocd' && /[{}]/.test(folder)) {
    throw new WickError({
      what: 'OpenOCD takes no path with braces',
      where: folder,
      hint: 'copy the folder elsewhere, or name another tool (--tool)',
    });
  }
  return { tool, command: flashCommand(tool, board, folder) as CommandLine, folder };
}

async function findFirmware(path: string, board: Board): Promise<string> {
  const inBuild = firmwareFolder(path, board.name);
  const folder = [inBuild, path].find((place) => existsSync(join(place, 'firmware.json')));
  if (folder === undefined) {
    throw new WickError({
      what: `no firmware of ${board.name}`,
      where: path,
      hint: `'wick firmware build --board ${board.name} ${path}' writes it`,
    });
  }
  const { board: built } = await readFirmware(folder);
  if (built === board.name) return folder;
  throw new WickError({
    what: 'firmware is of another board',
    where: folder,
    expected: board.name,
    received: built,
    hint: `name its board, or build it for this one with 'wick firmware build'`,
  });
}

/**
 * Runs the command of a plan.
 *
 * @param onOutput called with what the tool prints
 * @throws WickError with the last line that the tool printed, where it fails
 */
export async function flash(
  { tool, command }: Pick<FlashPlan, 'tool' | 'command'>,
  onOutput: (text: string) => void,
): Promise<void> {
  const [program, ...args] = command;
  const { code, output } = await run(program, args, onOutput);
  if (code === 0) return;
  const lines = output.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => /error/i.test(line)).at(-1) ?? lines.filter(Boolean).at(-1);
  throw new WickError({
    what: `${tool} failed`,
    where: formatCommand(command),
    received: `${code === null ? 'a signal' : `exit code ${code}`}${said === undefined ? '' : `, ${said}`}`,
    hint: hints[tool],
  });
}

const connected = 'check that the board is connected, that no other program has its ST-LINK';

const hints: Readonly<Record<FlashTool, string>> = {
  openocd: `${connected}, and that you may use USB devices (udev rules)`,
  'st-flash': `${connected}, and that you may use USB devices (udev rules)`,
  pyocd: `${connected}, and that pyOCD has the chip ('pyocd pack install')`,
  'dfu-util':
    "check that the board is in its boot loader: reset it with BOOT0 high; 'dfu-util -l' lists it",
};

/** A command line as a shell takes it. */
export function formatCommand(command: readonly string[]): string {
  return command
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`))
    .join(' ');
}
