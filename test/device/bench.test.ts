import { describe, expect, it } from 'vitest';
import { benchDevice } from '../../src/device/bench.ts';
import { openHostModel } from '../../src/device/host-model.ts';
import { createRandom } from '../../src/random.ts';
import { modelDevice } from '../support/model-device.ts';
import { randomInputs, smallClassifier } from '../support/networks.ts';

const graph = smallClassifier(1);
const host = await openHostModel(graph);
const { layers, macs } = host.description;

describe('a measurement on a device', () => {
  it('is the median of its runs, each of a model that is loaded and given its inputs anew', async () => {
    const { device, asked } = await modelDevice(graph, host, { ticks: [900, 700, 800] });
    const bench = await benchDevice(device, host);
    expect(bench).toMatchObject({ ticks: 800, runs: 3, unit: 'instructions', microseconds: null });
    expect(bench).toMatchObject({
      macs,
      ticksPerMac: 800 / macs,
      stackUsedBytes: 4,
      stackBytes: 5,
    });
    const inOrder = layers.map((_, index) => `layer ${index}`);
    const run = ['load', 'write', 'infer', 'load', 'write', ...inOrder];
    expect(asked).toEqual([...run, ...run, ...run]);
  });

  it('is over the inputs that are given, where there are any', async () => {
    const { device } = await modelDevice(graph, host);
    const inputs = randomInputs(graph, createRandom(3));
    await benchDevice(device, host, { runs: 1, inputs });
    const [expected] = host.model.infer(inputs) as [Int8Array];
    const output = await device.readOutput(0, expected.length);
    expect(new Int8Array(output)).toEqual(expected);
  });

  it('names the layers, and gives their shares', async () => {
    const { device } = await modelDevice(graph, host);
    const bench = await benchDevice(device, host, { runs: 1 });
    expect(bench.layers?.map(({ name, op }) => [name, op])).toEqual(
      layers.map(({ name, op }) => [name, op]),
    );
    expect(bench.layers?.map(({ ticks }) => ticks)).toEqual(layers.map((_, i) => 100 * (i + 1)));
    const shares = bench.layers?.reduce((sum, { share }) => sum + share, 0);
    expect(shares).toBeCloseTo(1, 12);
    const [conv] = bench.layers ?? [];
    expect(conv?.ticksPerMac).toBe(100 / (layers[0]?.macs ?? 0));
  });

  it('says how far it is, layer by layer', async () => {
    const { device } = await modelDevice(graph, host);
    const steps: number[] = [];
    await benchDevice(device, host, { runs: 2, onProgress: (done) => steps.push(done) });
    const parts = 2 * (layers.length + 1);
    expect(steps).toHaveLength(parts);
    steps.forEach((done, index) => {
      expect(done).toBeCloseTo((index + 1) / parts, 12);
    });
  });

  it('of a core is in cycles, and in time', async () => {
    const { device } = await modelDevice(graph, host, { ticks: [84], ticksHz: 168_000_000 });
    expect(await benchDevice(device, host, { runs: 1 })).toMatchObject({
      ...{ unit: 'cycles', ticks: 84, microseconds: 0.5 },
    });
  });

  it('has no layers where the engine runs no single ones', async () => {
    const { device } = await modelDevice(graph, host, { layerTicks: () => undefined });
    expect((await benchDevice(device, host, { runs: 1 })).layers).toBeNull();
  });

  it('is of this model, or of none', async () => {
    const { device } = await modelDevice(graph, host, { sha256: '' });
    await expect(benchDevice(device, host)).rejects.toThrow('device holds another model');
  });
});
