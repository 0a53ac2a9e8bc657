import { describe, expect, it } from 'vitest';
import { type HostModel, openHostModel } from '../../src/device/host-model.ts';
import { inputsOfFile } from '../../src/device/samples.ts';
import { status } from '../../src/device/status.ts';
import { verifyDevice } from '../../src/device/verify.ts';
import { byteLength } from '../../src/graph/types.ts';
import { createRandom } from '../../src/random.ts';
import { modelDevice } from '../support/model-device.ts';
import { smallClassifier } from '../support/networks.ts';
import { statefulClassifier } from '../support/stateful.ts';

const random = createRandom(3);
const plain = smallClassifier(1);
const stateful = statefulClassifier(3);
const hosts = new Map([
  [plain, await openHostModel(plain)],
  [stateful, await openHostModel(stateful)],
]);

/** A model on both sides, and inputs of it. */
async function setUp(graph = plain, changes: Parameters<typeof modelDevice>[2] = {}, count = 5) {
  const host = hosts.get(graph) as HostModel;
  const ports = host.description.inputs;
  const bytes = ports.reduce((sum, port) => sum + byteLength(port), 0) * count;
  const series = inputsOfFile(
    Uint8Array.from({ length: bytes }, () => random.integer(256)),
    ports,
    'inputs.bin',
  );
  return { host, series, ...(await modelDevice(graph, host, changes)) };
}

describe('a device is verified', () => {
  it('where all output bytes of all samples are the host', async () => {
    const { host, series, device } = await setUp(plain, { ticks: [5, 3, 9, 4, 4] });
    const bytes = host.description.outputs.reduce((sum, port) => sum + byteLength(port), 0);
    const steps: number[] = [];
    expect(await verifyDevice(device, host, series, (done) => steps.push(done))).toEqual({
      ...{ samples: 5, outputBytes: 5 * bytes, ticks: { least: 3, most: 9 } },
    });
    expect(steps).toEqual([0.2, 0.4, 0.6, 0.8, 1]);
  });

  it('of a stateful model from its first state on, whatever was run before', async () => {
    const { host, series, device, asked } = await setUp(stateful);
    expect(host.description.stateBytes).toBeGreaterThan(0);
    host.model.infer(series.inputsOf(4));
    expect((await verifyDevice(device, host, series)).samples).toBe(5);
    expect(asked.filter((what) => what === 'load')).toHaveLength(1);
  });

  it.each([0, 3])('and not where one bit of the output of sample %d is wrong', async (sample) => {
    const { host, series, device } = await setUp(plain, {
      corrupt(output, inference) {
        if (inference === sample) output[1] = (output[1] as number) ^ 1;
      },
    });
    await expect(verifyDevice(device, host, series)).rejects.toThrow(
      `device, sample ${sample}, output 0: value 1 differs from the host's`,
    );
  });

  it('and not with another model, one that is not loaded, other ports or no sample', async () => {
    const refused = async (changes: Parameters<typeof modelDevice>[2], count = 1) => {
      const { host, series, device, asked } = await setUp(plain, changes);
      const answer = verifyDevice(device, host, { ...series, count });
      const message = await answer.then(
        () => '',
        (error: unknown) => String(error),
      );
      expect(asked).toEqual([]);
      return message;
    };
    expect(await refused({ sha256: 'f'.repeat(64) })).toContain(
      "received 'held' (ffffffffffff…); name its build folder",
    );
    expect(await refused({ loadStatus: status.badWeights })).toContain('weights on the device');
    expect(await refused({ inputBytes: 1 })).toContain('other ports: expected inputs of');
    expect(await refused({}, 0)).toContain('nothing to verify with');
  });
});
