import { join } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Device, openDevice } from '../device/device.ts';
import { startEmulator } from '../device/emulator.ts';
import { type HostModel, openHostModel } from '../device/host-model.ts';
import { openSerial } from '../device/serial.ts';
import type { Transport } from '../device/transport.ts';
import { WickError } from '../errors.ts';
import { emulatedNames, readEmulatedBoard } from '../firmware/boards.ts';
import { defaultBaud, firmwareFolder } from '../firmware/build.ts';
import { openGraph } from '../import/open-graph.ts';
import { graphPath } from './graph-path.ts';
import { findProject } from './load-project.ts';
import { options } from './options.ts';

/** How a command line says which device it means. */
export interface LineFlags {
  readonly port?: string;
  readonly emulate?: boolean;
  readonly board?: string;
  readonly baud: number;
  readonly timeout: number;
}

/** Parses the name of a port; shells turn variables that are not set into empty ones. */
function portName(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('Expected the name of a serial port.');
}

/** Adds the flags of {@link LineFlags} to a verb. */
export function addLine(command: Command): Command {
  return command
    .addOption(
      new Option('--port <name>', 'the serial port of a board, as /dev/ttyACM0 or COM3').argParser(
        portName,
      ),
    )
    .addOption(
      new Option('--emulate', 'the firmware of --board in QEMU, instead of a board').conflicts(
        'port',
      ),
    )
    .addOption(new Option('--board <name>', 'the board to emulate'))
    .addOption(options.baud().default(defaultBaud))
    .addOption(options.timeout());
}

/** The folder that a verb means where it names none: that of the project here. */
async function projectFolder(): Promise<string> {
  const project = await findProject({});
  if (project !== undefined) return join('build', project.name);
  throw new WickError({
    what: 'no build folder is named, and there is no wick.config.ts here that would say which',
    hint: 'add it, as in: wick device info --emulate --board netduinoplus2 build/mnist-cnn',
  });
}

/** The model of a build folder for this host, see {@link openHostModel}; without a path, that of the project here. */
export async function hostModelOf(path: string | undefined): Promise<HostModel> {
  const { graph } = await graphPath(path ?? (await projectFolder()), 'int8Graph', undefined);
  return await openHostModel(await openGraph(graph));
}

async function openLine(flags: LineFlags, path: string | undefined): Promise<Transport> {
  const { port, emulate, board: name, baud } = flags;
  if (port !== undefined) return await openSerial(port, baud);
  const names = emulatedNames().join(', ');
  if (!emulate) {
    throw new WickError({
      what: 'no device is named',
      expected: `--port and a serial port, or --emulate and --board, one of ${names}`,
      received: 'neither',
    });
  }
  if (name === undefined) {
    throw new WickError({ what: '--emulate needs a board', expected: `--board, one of ${names}` });
  }
  const { qemu } = readEmulatedBoard(name);
  const { directory } = await graphPath(path ?? (await projectFolder()), 'int8Graph', undefined);
  return await startEmulator(join(firmwareFolder(directory, name), 'firmware.elf'), qemu.machine);
}

/**
 * Runs a task with the device that a command line means, and leaves the line when it is over, however it ends. Throws a
 * WickError where there is none, or it does not answer.
 *
 * @param path the build folder; undefined means the project's
 */
export async function withDevice<T>(
  flags: LineFlags,
  path: string | undefined,
  task: (device: Device) => Promise<T>,
): Promise<T> {
  const device = await openDevice(await openLine(flags, path), {
    longPatience: 1000 * flags.timeout,
  });
  try {
    return await task(device);
  } finally {
    await device.close();
  }
}
