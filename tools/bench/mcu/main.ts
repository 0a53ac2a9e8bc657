// `npm run -s bench:mcu [-- --json] [--layers] [--quick]`: what models take on a microcontroller, in QEMU: instructions of an
// inference, flash, RAM and stack of the whole firmware. Figures are printed once every output equals the host's, byte for byte.
import { join } from 'node:path';
import { Option } from 'commander';
import { createParser, runProgram } from '../../../src/cli/command-line.ts';
import { path } from '../../../src/cli/options.ts';
import { printLine, printTable, withProgress } from '../../../src/cli/output.ts';
import { WickError } from '../../../src/errors.ts';
import { readEmulatedBoard } from '../../../src/firmware/boards.ts';
import { type EngineName, engineNames } from '../../../src/firmware/engines.ts';
import { type Checks, checkModes } from '../../../src/native/kernels.ts';
import type { Optimize } from '../../../src/ops/op.ts';
import { referenceFolder } from '../../../test/support/reference.ts';
import { type McuFigures, measureMcu, prepareModel, type Setting } from './measure.ts';
import { fileModel, goldenModels, type McuModel, presetModel } from './models.ts';
import { type Peer, pairLayers, readPeers } from './peer.ts';
import {
  costTable,
  flashTable,
  layerTable,
  ratioTable,
  renderMarkdown,
  type TextTable,
} from './report.ts';

interface Flags {
  readonly json?: true;
  readonly markdown?: true;
  readonly layers?: true;
  readonly quick?: true;
  readonly model?: string;
  readonly input?: string;
  readonly board: string;
  readonly engine: readonly EngineName[];
  readonly checks?: readonly Checks[];
  readonly optimize?: readonly Optimize[];
}

const optimizeGoals: readonly Optimize[] = ['speed', 'size'];

/** Inputs of a model whose outputs are compared, at most. */
const comparedInputs = 20;

/** The models that the flags mean. Throws a WickError where they do not say one. */
function findModels({ model, input }: Flags): readonly McuModel[] {
  if ((model === undefined) !== (input === undefined)) {
    throw new WickError({
      what: 'a model of your own is a file and inputs for it',
      expected: '--model and --input',
      received: model === undefined ? '--input alone' : '--model alone',
    });
  }
  if (model !== undefined && input !== undefined) return [fileModel(model, input)];
  const preset = presetModel('mnist-cnn');
  if (referenceFolder !== undefined) {
    return [preset, ...goldenModels(join(referenceFolder, 'golden'))];
  }
  process.stderr.write(
    'the models of MLPerf Tiny are left out: WICK_REFERENCE names no reference folder\n',
  );
  return [preset];
}

/** Every way to build that the flags mean; `quick` means one. */
function findSettings({ engine: engines, checks, optimize, quick }: Flags): readonly Setting[] {
  const goals = optimize ?? (quick ? ['speed'] : optimizeGoals);
  const modes = checks ?? (quick ? ['none'] : checkModes);
  return engines.flatMap((engine) =>
    goals.flatMap((goal) => modes.map((mode) => ({ engine, checks: mode, optimize: goal }))),
  );
}

async function measureAll(flags: Flags): Promise<readonly McuFigures[]> {
  const models = findModels(flags);
  const settings = findSettings(flags);
  const figures: McuFigures[] = [];
  await withProgress('measuring', async ({ update }) => {
    for (const model of models) {
      const prepared = await prepareModel(model, flags.quick ? 1 : comparedInputs);
      for (const setting of settings) {
        const done = figures.length / (models.length * settings.length);
        update(done, `${model.name} ${setting.optimize} ${setting.checks}`);
        figures.push(await measureMcu(prepared, setting, flags.board));
      }
    }
  });
  return figures;
}

/** An element of what `--json` prints. */
function toJson({ layers, ...whole }: McuFigures, peer: Peer | undefined, withLayers: boolean) {
  return {
    ...whole,
    ...(peer && { peer: { instructions: peer.instructions, arenaBytes: peer.arenaBytes } }),
    ...(withLayers && {
      layers: pairLayers(layers, peer?.layers ?? []).map(({ own, peer: other }) => ({
        name: own?.name ?? null,
        op: own?.op ?? null,
        macs: own?.macs ?? other?.macs ?? 0,
        instructions: own?.instructions ?? null,
        peer: other === undefined ? null : { op: other.op, instructions: other.instructions },
      })),
    }),
  };
}

function print(figures: readonly McuFigures[], peers: ReadonlyMap<string, Peer>, flags: Flags) {
  const show = (title: string, table: TextTable) => {
    if (table.rows.length === 0) return;
    if (flags.markdown) return printLine(`${title}:\n\n${renderMarkdown(table)}\n`);
    printLine(`\n${title}\n`);
    printTable(table.head, table.rows, table.align);
  };
  show('Cost of an inference', costTable(figures, peers));
  show("Instructions over the peer's", ratioTable(figures, peers));
  // Of the parts, checks change the model's code alone.
  const [checks] = figures.map((each) => each.checks);
  const alike = figures.filter((each) => each.checks === checks);
  show(`Flash by part, checks ${checks}`, flashTable(alike));
  if (!flags.layers) return;
  for (const each of figures) {
    const { model, engine, optimize, checks } = each;
    show([model, engine, optimize, checks].join(' '), layerTable(each, peers.get(model)));
  }
}

const program = createParser('bench:mcu')
  .description('measures whole models on an emulated microcontroller')
  .addOption(new Option('--json', 'print one JSON array').conflicts('markdown'))
  .option('--markdown', 'print the tables of docs/firmware.md')
  .option('--layers', "print each layer beside the peer's as well")
  .option('--quick', 'one input, for speed, without checks, where nothing else is said')
  .addOption(new Option('--model <file>', 'only this int8 .tflite or .wick.json').argParser(path))
  .addOption(new Option('--input <file>', 'inputs of --model: IDX, or raw values').argParser(path))
  .option('--board <name>', 'an emulated board', 'netduinoplus2')
  .addOption(new Option('--engine <name...>', 'only these').choices(engineNames))
  .addOption(new Option('--checks <mode...>', 'only these').choices(checkModes))
  .addOption(new Option('--optimize <goal...>', 'only these').choices(optimizeGoals))
  .action(async ({ engine = engineNames, ...flags }: Omit<Flags, 'engine'> & Partial<Flags>) => {
    const all = { engine, ...flags };
    // Before a model is trained.
    readEmulatedBoard(all.board);
    const figures = await measureAll(all);
    const peers = readPeers(referenceFolder);
    if (!flags.json) return print(figures, peers, all);
    const elements = figures.map((each) =>
      toJson(each, peers.get(each.model), flags.layers === true),
    );
    process.stdout.write(`${JSON.stringify(elements)}\n`);
  });

process.exitCode = await runProgram(program, process.argv.slice(2));
