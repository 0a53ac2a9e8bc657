import type { PortDescription } from '../compile/description.ts';
import { type ActivationData, elementCount } from '../graph/types.ts';
import { createRandom } from '../random.ts';
import type { Device } from './device.ts';
import { expectSameModel, type HostModel, writeInputs } from './host-model.ts';

/** Inferences that are measured, where nothing else is said. */
export const defaultBenchRuns = 3;

/** What one layer takes on a device. */
export interface LayerBench {
  readonly name: string;
  readonly op: string;
  readonly ticks: number;
  /** Of the sum over all layers, 0 to 1. */
  readonly share: number;
  readonly macs: number;
  /** null where the layer has none. */
  readonly ticksPerMac: number | null;
}

/** What a model takes on a device. */
export interface DeviceBench {
  readonly name: string;
  readonly board: string;
  readonly engine: string;
  readonly checks: string;
  /** What a tick is: one of QEMU's instructions, or of a core's cycles. */
  readonly unit: 'instructions' | 'cycles';
  /** The median of all runs. */
  readonly ticks: number;
  /** null where ticks are instructions: an emulator keeps no time. */
  readonly microseconds: number | null;
  readonly macs: number;
  readonly ticksPerMac: number | null;
  readonly runs: number;
  readonly stackUsedBytes: number;
  readonly stackBytes: number;
  readonly arenaBytes: number;
  /** All memory that the model uses, arena included. */
  readonly memoryBytes: number;
  readonly weightsBytes: number;
  /** null where the engine does not run single layers. */
  readonly layers: readonly LayerBench[] | null;
}

/**
 * Measures a model on a device, as a whole and by layer: the median of `runs` inferences over `inputs`, or over seeded noise.
 * Throws a WickError where the device holds another model or fails.
 */
export async function benchDevice(
  device: Device,
  host: HostModel,
  {
    runs = defaultBenchRuns,
    inputs = noiseFor(host.description.inputs),
    onProgress = () => {},
  }: {
    readonly runs?: number | undefined;
    readonly inputs?: readonly ActivationData[] | undefined;
    readonly onProgress?: (done: number) => void;
  } = {},
): Promise<DeviceBench> {
  await expectSameModel(device, host);
  const { identity } = device;
  const { macs, name } = host.description;
  const whole: number[] = [];
  const byLayer: (number | undefined)[][] = [];
  for (let run = 0; run < runs; run++) {
    // What a stateful model keeps is the same each time.
    await device.load();
    await writeInputs(device, inputs);
    whole.push(await device.infer());
    const steps = identity.layers + 1;
    onProgress((run + 1 / steps) / runs);
    await device.load();
    await writeInputs(device, inputs);
    const ticks: (number | undefined)[] = [];
    for (let layer = 0; layer < identity.layers; layer++) {
      ticks.push(await device.runLayer(layer));
      onProgress((run + (layer + 2) / steps) / runs);
    }
    byLayer.push(ticks);
  }
  const ticks = median(whole);
  const { stackUsedBytes, stackBytes } = await device.statistics();
  const { board, engine, checks, ticksHz, arenaBytes, memoryBytes, weightsBytes } = identity;
  return {
    ...{ name, board, engine, checks },
    unit: ticksHz === 0 ? 'instructions' : 'cycles',
    ticks,
    microseconds: ticksHz === 0 ? null : (1e6 * ticks) / ticksHz,
    macs,
    ticksPerMac: macs === 0 ? null : ticks / macs,
    runs,
    ...{ stackUsedBytes, stackBytes, arenaBytes, memoryBytes, weightsBytes },
    layers: layersOf(host, byLayer),
  };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function layersOf(
  { description }: HostModel,
  runs: readonly (readonly (number | undefined)[])[],
): readonly LayerBench[] | null {
  const { layers } = description;
  const ticks = layers.map((_, layer) => runs.map((run) => run[layer]));
  const measured = ticks.flat().every((value) => value !== undefined);
  if (!measured) return null;
  const medians = (ticks as number[][]).map(median);
  const total = medians.reduce((sum, value) => sum + value, 0);
  return layers.map(({ name, op, macs }, layer) => {
    const value = medians[layer] as number;
    return {
      ...{ name, op, macs },
      ticks: value,
      share: total === 0 ? 0 : value / total,
      ticksPerMac: macs === 0 ? null : value / macs,
    };
  });
}

function noiseFor(ports: readonly PortDescription[]): ActivationData[] {
  const random = createRandom(1);
  return ports.map(({ shape, dtype, scale, zeroPoint }) => {
    const values = Int8Array.from({ length: elementCount(shape) }, () => random.integer(256) - 128);
    return dtype === 'float32'
      ? Float32Array.from(values, (value) => scale * (value - zeroPoint))
      : values;
  });
}
