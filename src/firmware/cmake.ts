import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WickError } from '../errors.ts';
import { type Board, type Cpu, firmwareDirectory } from './boards.ts';
import type { EngineName } from './engines.ts';
import { overflowOf } from './fit.ts';
import { type Frame, readFrames } from './frames.ts';
import { run } from './run.ts';
import { requireBuildTools } from './tools.ts';

/** What cmake makes a firmware of. */
export interface CmakeOptions {
  readonly board: Board;
  /** Where it is built: an empty folder, or that of a build before, of which what is still right is kept. */
  readonly directory: string;
  /** The engine and the folder with its model; without, the firmware is the application alone. */
  readonly model?: { readonly engine: EngineName; readonly directory: string } | undefined;
  /** The folder of the application; by default the firmware's own. */
  readonly application?: string | undefined;
  /** A core in place of the board's own: what is compiled for a lesser core runs on a better one as well. */
  readonly cpu?: Cpu | undefined;
  /** Bits a second of the serial port; by default 115200. */
  readonly baud?: number | undefined;
  readonly version: string;
  /** The model's name, for messages. */
  readonly name: string;
  /** Called with the share of files that are compiled, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** The files that a build leaves, by how their names end. */
export const firmwareFormats = ['elf', 'bin', 'hex', 'map'] as const;

/** The contents of {@link firmwareFormats}, and what the compiler says of the stack. */
export interface CmakeResult
  extends Readonly<Record<(typeof firmwareFormats)[number], Uint8Array>> {
  /** Every function's frame, the largest first. */
  readonly frames: readonly Frame[];
}

/**
 * Compiles and links a firmware.
 *
 * @throws WickError where a tool is missing, the firmware does not fit the board, or it does not compile
 */
export async function runCmake(options: CmakeOptions): Promise<CmakeResult> {
  const { board, directory, model, application, cpu, baud, version, name, onProgress } = options;
  const generator = requireBuildTools();
  const variables = {
    CMAKE_TOOLCHAIN_FILE: join(firmwareDirectory, 'arm-none-eabi.cmake'),
    BOARD: board.name,
    ENGINE: model?.engine ?? '',
    MODEL_DIR: model?.directory ?? '',
    FIRMWARE_VERSION: version,
    ...(cpu === undefined ? {} : { CPU: cpu }),
    ...(application === undefined ? {} : { APP_DIR: application }),
    ...(baud === undefined ? {} : { BAUD: baud }),
  };
  const definitions = Object.entries(variables).map(([key, value]) => `-D${key}=${value}`);
  const steps = [
    ['-S', firmwareDirectory, '-B', directory, '-G', generator, ...definitions],
    ['--build', directory, '--parallel'],
  ];
  for (const args of steps) {
    const { code, output } = await run('cmake', args, (text) => {
      const done = shareDone(text);
      if (done !== undefined) onProgress?.(done);
    });
    if (code !== 0) throw overflowOf(name, output, board) ?? failure(name, output);
  }
  const contents = await Promise.all(
    firmwareFormats.map((format) => readFile(join(directory, `firmware.${format}`))),
  );
  const files = Object.fromEntries(
    firmwareFormats.map((format, index) => [format, contents[index] as Uint8Array]),
  ) as Record<(typeof firmwareFormats)[number], Uint8Array>;
  return { ...files, frames: await readFrames(directory) };
}

/** How far a build is, of what Ninja (`[3/12]`) or make (`[ 25%]`) prints. */
function shareDone(text: string): number | undefined {
  const [ninja] = [...text.matchAll(/^\[(\d+)\/(\d+)\]/gm)].slice(-1);
  if (ninja) return Number(ninja[1]) / Number(ninja[2]);
  const [make] = [...text.matchAll(/^\[ *(\d+)%\]/gm)].slice(-1);
  return make && Number(make[1]) / 100;
}

/** The WickError about a build that failed: the first line that says why, of cmake or of what it runs. */
function failure(name: string, output: string): WickError {
  const lines = output.split('\n').map((line) => line.trim());
  // CMake says on one line where, and what below it.
  const configuring = /^CMake Error.*\n\s*(\S.*)$/m.exec(output)?.[1];
  const compiling = lines.find((line) =>
    /^(?!collect2).*(error: |undefined reference)/i.test(line),
  );
  const said = configuring ?? compiling;
  return new WickError({
    what: 'firmware does not build',
    where: name,
    received: said ?? lines.filter((line) => line !== '').at(-1) ?? 'no message',
    hint: "'wick firmware doctor' shows the versions of the tools",
  });
}
