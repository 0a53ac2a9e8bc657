import { type CompiledModel, compile } from '../../src/compile/compile.ts';
import type { Device } from '../../src/device/device.ts';
import type { HostModel } from '../../src/device/host-model.ts';
import { status } from '../../src/device/status.ts';
import { byteLength, type Graph, tensorArrays } from '../../src/graph/types.ts';
import { loadModel } from '../../src/runtime/model.ts';

/** What differs from a device that does all as it should. */
interface Changes {
  readonly sha256?: string;
  readonly loadStatus?: number;
  readonly ticksHz?: number;
  /** Ticks of one inference after another; by default 1000 each. */
  readonly ticks?: readonly number[];
  /** Ticks of a layer; undefined where the engine runs no single ones. */
  readonly layerTicks?: (layer: number) => number | undefined;
  /** What becomes of an output on its way. */
  readonly corrupt?: (output: Uint8Array, inference: number) => void;
  readonly inputBytes?: number;
}

const made = new WeakMap<Graph, CompiledModel>();

/** A graph's modules, compiled once. */
function compiled(graph: Graph): CompiledModel {
  const model = made.get(graph) ?? compile(graph);
  made.set(graph, model);
  return model;
}

/** A device without a line, that runs a graph with the scalar kernels, and what it was asked for. */
export async function modelDevice(
  graph: Graph,
  host: HostModel,
  changes: Changes = {},
): Promise<{ readonly device: Device; readonly asked: readonly string[] }> {
  const { wasm, description } = compiled(graph);
  const model = await loadModel(wasm);
  const { inputs, outputs, layers } = description;
  const { sha256 = host.sha256, loadStatus = status.ok, ticksHz = 0, ticks = [] } = changes;
  const { layerTicks = (layer) => 100 * (layer + 1), corrupt = () => {} } = changes;
  const written = inputs.map((port) => new Uint8Array(byteLength(port)));
  let results: Uint8Array[] = [];
  let inferences = 0;
  const asked: string[] = [];
  const device: Device = {
    where: 'device',
    identity: {
      ...{ board: 'board', engine: 'engine', firmwareVersion: '1', checks: 'none', model: 'held' },
      ...{ modelSha256: sha256, abiVersion: 1, loadStatus, start: 'power on', faultAddress: 0 },
      ...{ chunkBytes: 256, ticksHz, arenaBytes: 1, memoryBytes: 2, weightsBytes: 3 },
      ...{ weightsCrc32: 0, weightsSha256: '', inputs: 1, outputs: 1, layers: layers.length },
    },
    async ports() {
      const bytes = inputs.map(byteLength);
      return { inputs: [changes.inputBytes ?? bytes[0] ?? 0], outputs: outputs.map(byteLength) };
    },
    async writeInput(index, bytes) {
      asked.push('write');
      written[index]?.set(bytes);
    },
    async infer() {
      asked.push('infer');
      const values = inputs.map(
        ({ dtype }, i) => new tensorArrays[dtype](Uint8Array.from(written[i] ?? []).buffer),
      );
      results = model.infer(values).map(({ buffer }) => new Uint8Array(buffer));
      for (const output of results) corrupt(output, inferences);
      return ticks[inferences++] ?? 1000;
    },
    async readOutput(index, bytes) {
      return (results[index] ?? new Uint8Array(0)).slice(0, bytes);
    },
    async runLayer(index) {
      asked.push(`layer ${index}`);
      return layerTicks(index);
    },
    async load() {
      asked.push('load');
      model.reset();
    },
    statistics: async () => ({
      ...{ inferences, ticks: 0, stackUsedBytes: 4, stackBytes: 5, damagedFrames: 0 },
    }),
    selfTest: async (kind) => ({ kind, digest: '', isSound: true }),
    reset: async () => device.identity,
    close: async () => {},
  };
  return { device, asked };
}
