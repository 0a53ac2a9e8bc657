import { type Command, Option } from 'commander';
import { readBoard, readBoards } from '../../firmware/boards.ts';
import {
  buildFirmware,
  defaultBaud,
  type FirmwareDescription,
  firmwareFolder,
} from '../../firmware/build.ts';
import { examine } from '../../firmware/doctor.ts';
import { type EngineName, engineNames } from '../../firmware/engines.ts';
import { type Part, parts } from '../../firmware/sizes.ts';
import { systems, thisSystem } from '../../firmware/tools.ts';
import { openGraph } from '../../import/open-graph.ts';
import { manifest } from '../../manifest.ts';
import type { Checks } from '../../native/kernels.ts';
import type { Optimize } from '../../ops/op.ts';
import { formatBytes, formatBytesShort } from '../../report/format.ts';
import { graphPath } from '../graph-path.ts';
import { options, path as parsePath } from '../options.ts';
import { printJson, printLine, printStep, printTable, withProgress } from '../output.ts';

interface BuildFlags {
  readonly board: string;
  readonly engine: EngineName;
  readonly checks: Checks;
  readonly optimize?: Optimize;
  readonly baud: number;
  readonly sources?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `wick firmware`: the firmware of a board with a model, and what is needed for it. */
export function addFirmware(program: Command): void {
  const firmware = program
    .command('firmware')
    .description('build the firmware of a board with a model; list boards; look for tools');
  addBuild(firmware);
  addBoards(firmware);
  addDoctor(firmware);
}

function addBuild(firmware: Command): void {
  firmware
    .command('build')
    .description('build the firmware of a board: firmware.elf, .bin, .hex, .map and .json')
    .argument('<model>', 'a build folder, or an int8 .wick.json or .tflite file')
    .addOption(options.board())
    .addOption(
      new Option('--engine <name>', 'what runs the model').choices(engineNames).default('native'),
    )
    .addOption(options.checks().default('none'))
    .addOption(options.optimize())
    .addOption(options.baud().default(defaultBaud))
    .addOption(
      new Option('--sources <folder>', "leave the model's C there as well").argParser(parsePath),
    )
    .addOption(options.out('where to write (default: firmware/<board> in the build folder)'))
    .addOption(options.json())
    .addHelpText(
      'after',
      '\nExample:\n  wick firmware build --board netduinoplus2 --optimize speed build/kws',
    )
    .action(async (path: string, flags: BuildFlags) => {
      const board = readBoard(flags.board);
      const { graph: file, directory } = await graphPath(path, 'int8Graph', undefined);
      const folder = flags.out ?? firmwareFolder(directory, board.name);
      const graph = await openGraph(file);
      const built = await withProgress('building', ({ update }) =>
        buildFirmware(graph, folder, {
          board,
          engine: flags.engine,
          checks: flags.checks,
          optimize: flags.optimize ?? 'size',
          baud: flags.baud,
          sources: flags.sources,
          version: manifest.version,
          onProgress: update,
        }),
      );
      if (flags.json) return printJson({ ...built, folder });
      printStep('firmware', `${folder}: ${board.title} (${board.mcu})`);
      printSizes(built, { flash: board.flashBytes, ram: board.ramBytes });
    });
}

/** What each part is called in the table. */
const titles: Readonly<Record<Part, string>> = {
  app: 'application and protocol',
  board: 'board',
  engine: 'engine',
  model: 'model: code and memory',
  weights: 'model: weights',
  library: 'C library',
  fill: 'alignment',
};

function printSizes(
  built: FirmwareDescription,
  limits: { readonly flash: number; readonly ram: number },
): void {
  const { flash, ram, flashBytes, ramBytes, stackBytes, arenaBytes, frames } = built;
  printTable(
    ['', 'flash', 'RAM'],
    [
      ...parts
        .filter((part) => flash[part] + ram[part] > 0)
        .map((part) => [titles[part], formatBytes(flash[part]), formatBytes(ram[part])]),
      ['stack', '', formatBytes(stackBytes)],
      ['total', formatBytes(flashBytes), formatBytes(ramBytes + stackBytes)],
      ['of', formatBytes(limits.flash), formatBytes(limits.ram)],
    ],
    ['left', 'right', 'right'],
  );
  const largest = frames.map((frame) => `${frame.function} ${formatBytes(frame.bytes)}`);
  printLine(`The arena is ${formatBytes(arenaBytes)} of the model's memory.`);
  printLine(`The largest frames on the stack: ${largest.join(', ')}.`);
}

function addBoards(firmware: Command): void {
  firmware
    .command('boards')
    .description('list the boards that there is firmware for')
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick firmware boards')
    .action(({ json }: { readonly json?: boolean }) => {
      const boards = readBoards();
      if (json) return printJson({ boards });
      printTable(
        ['board', 'chip', 'core', 'flash', 'RAM', 'serial port'],
        boards.map(({ name, mcu, cpu, flashBytes, ramBytes, uart }) => [
          name,
          mcu,
          cpu,
          formatBytesShort(flashBytes),
          formatBytesShort(ramBytes),
          uart,
        ]),
        ['left', 'left', 'left', 'right', 'right', 'left'],
      );
    });
}

function addDoctor(firmware: Command): void {
  firmware
    .command('doctor')
    .description('say which tools are there, and how to get those that are not')
    .addOption(options.json())
    .addHelpText('after', '\nExample:\n  wick firmware doctor')
    .action(({ json }: { readonly json?: boolean }) => {
      const report = examine();
      if (json) return printJson(report);
      printTable(
        ['tool', 'to', 'found'],
        report.tools.map(({ tool, purpose, version }) => [tool, purpose, version ?? 'missing']),
        ['left', 'left', 'left'],
      );
      const missing = report.tools.filter((tool) => tool.version === null);
      const here = thisSystem();
      const names = { debian: 'Debian', macos: 'macOS', windows: 'Windows' };
      // What helps here comes first.
      for (const system of [here, ...systems.filter((other) => other !== here)]) {
        const lines = [...new Set(missing.map(({ install }) => install[system]))];
        if (lines.length > 0) printLine(`\n${names[system]}:\n  ${lines.join('\n  ')}`);
      }
      const able = Object.entries(report.ready).map(
        ([purpose, ready]) => `${purpose} ${ready ? 'yes' : 'no'}`,
      );
      printLine(
        `\nReady to: ${able.join(', ')}. One of ninja and make is enough, and one tool to flash.`,
      );
    });
}
