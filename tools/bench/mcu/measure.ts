import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchDevice } from '../../../src/device/bench.ts';
import { openDevice } from '../../../src/device/device.ts';
import { startEmulator } from '../../../src/device/emulator.ts';
import { type HostModel, openHostModel } from '../../../src/device/host-model.ts';
import type { InputSeries } from '../../../src/device/samples.ts';
import { verifyDevice } from '../../../src/device/verify.ts';
import { readEmulatedBoard } from '../../../src/firmware/boards.ts';
import { buildFirmware, type FirmwareDescription } from '../../../src/firmware/build.ts';
import type { EngineName } from '../../../src/firmware/engines.ts';
import { MisfitError } from '../../../src/firmware/fit.ts';
import type { Part } from '../../../src/firmware/sizes.ts';
import { elementCount, type Graph } from '../../../src/graph/types.ts';
import type { Checks } from '../../../src/native/kernels.ts';
import type { Optimize } from '../../../src/ops/op.ts';
import type { McuModel } from './models.ts';

/** Where a model goes that does not fit the board that was asked for. */
const largerBoard = 'mps2-an386';

/** How a firmware is built. */
export interface Setting {
  readonly engine: EngineName;
  readonly checks: Checks;
  readonly optimize: Optimize;
}

/** What one layer takes. */
export interface LayerFigures {
  readonly name: string;
  readonly op: string;
  /** Elements that come out. */
  readonly outputs: number;
  readonly macs: number;
  readonly instructions: number;
}

/** What a model takes, built in one way: an element of what `--json` prints. Bytes but for `instructions` and `macs`. */
export interface McuFigures extends Setting {
  readonly model: string;
  readonly board: string;
  /** Of one inference of the first input. */
  readonly instructions: number;
  readonly macs: number;
  /** The whole firmware, weights included. */
  readonly flashBytes: number;
  readonly weightsBytes: number;
  /** Of the model's own int8 weights and int32 biases. */
  readonly canonicalWeightsBytes: number;
  readonly flash: Readonly<Record<Part, number>>;
  /** All variables of the firmware, arena included, the stack not. */
  readonly ramBytes: number;
  readonly arenaBytes: number;
  /** The most that was in use. */
  readonly stackBytes: number;
  readonly layers: readonly LayerFigures[];
}

/** A model with the host's, which all firmware of it are compared with. */
interface PreparedModel {
  readonly graph: Graph;
  readonly host: HostModel;
  readonly series: InputSeries;
}

/** Loads a model and compiles it for this host. `samples` limits the inputs that are compared. */
export async function prepareModel(model: McuModel, samples: number): Promise<PreparedModel> {
  const { graph, seriesFor } = await model.load();
  const host = await openHostModel(graph);
  const { count, inputsOf } = seriesFor(host.description.inputs);
  return { graph, host, series: { count: Math.min(count, samples), inputsOf } };
}

/**
 * Builds a model's firmware, runs it in QEMU, and measures it once every output equals the host's. A model that does not fit the
 * board is measured on {@link largerBoard}. Throws a WickError where a tool is missing or an output differs.
 */
export async function measureMcu(
  { graph, host, series }: PreparedModel,
  setting: Setting,
  boardName: string,
): Promise<McuFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'wick-mcu-'));
  try {
    const built = await build(graph, folder, setting, boardName);
    const { board, flashBytes, flash, weightsBytes, ramBytes, arenaBytes } = built;
    const { machine } = readEmulatedBoard(board).qemu;
    const device = await openDevice(await startEmulator(join(folder, 'firmware.elf'), machine));
    try {
      await verifyDevice(device, host, series);
      const inputs = series.inputsOf(0);
      const bench = await benchDevice(device, host, { runs: 1, inputs });
      return {
        ...{ model: graph.name, ...setting, board },
        ...{ instructions: bench.ticks, macs: bench.macs },
        ...{ flashBytes, weightsBytes, flash, ramBytes, arenaBytes },
        canonicalWeightsBytes: host.description.canonicalWeightsBytes,
        stackBytes: bench.stackUsedBytes,
        layers: (bench.layers ?? []).map(({ name, op, macs, ticks }, index) => {
          const shape = host.description.layers[index]?.outputShape ?? [];
          return { name, op, outputs: elementCount(shape), macs, instructions: ticks };
        }),
      };
    } finally {
      await device.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function build(
  graph: Graph,
  folder: string,
  setting: Setting,
  boardName: string,
): Promise<FirmwareDescription> {
  const buildFor = (name: string) =>
    buildFirmware(graph, folder, { ...setting, board: readEmulatedBoard(name), version: 'bench' });
  try {
    return await buildFor(boardName);
  } catch (error) {
    if (!(error instanceof MisfitError) || boardName === largerBoard) throw error;
    return await buildFor(largerBoard);
  }
}
