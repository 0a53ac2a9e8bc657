import { join } from 'node:path';
import { type Device, openDevice } from '../../src/device/device.ts';
import { startEmulator } from '../../src/device/emulator.ts';
import type { InputSeries } from '../../src/device/samples.ts';
import { readEmulatedBoard } from '../../src/firmware/boards.ts';
import { type BuildOptions, buildFirmware } from '../../src/firmware/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { readGolden } from './golden.ts';
import { referenceFolder } from './reference.ts';
import { requireTool } from './tools.ts';

/** What installs what a firmware is built and run with. */
export const installFirmwareTools =
  'apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi cmake ninja-build qemu-system-arm (Debian)';

/** Whether a firmware can be built and run in QEMU here. */
export const canRunFirmware = ['arm-none-eabi-gcc', 'cmake', 'ninja', 'qemu-system-arm'].every(
  (command) => requireTool(command, installFirmwareTools),
);

/** The models of the reference folder. */
export const goldenNames = [
  ...['hello_world', 'ad_toycar', 'kws_dscnn', 'ic_resnet8', 'vww_mobilenet'],
] as const;

/** A model of the reference folder and its inputs. */
export function goldenModel(name: string): { readonly graph: Graph; readonly series: InputSeries } {
  const { graph, inputs } = readGolden(join(referenceFolder as string, 'golden', name));
  const series = { count: inputs.length, inputsOf: (index: number) => inputs[index] ?? [] };
  return { graph, series };
}

/** Builds a firmware into a folder and starts it in QEMU. */
export async function startFirmware(
  graph: Graph,
  folder: string,
  boardName: string,
  options: Partial<BuildOptions> = {},
): Promise<Device> {
  const board = readEmulatedBoard(boardName);
  await buildFirmware(graph, folder, {
    ...{ board, engine: 'native', checks: 'none', optimize: 'size', version: 'test' },
    ...options,
  });
  return openDevice(await startEmulator(join(folder, 'firmware.elf'), board.qemu.machine));
}
