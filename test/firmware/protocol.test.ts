import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/device/client.ts';
import { commands, pack } from '../../src/device/commands.ts';
import type { Device } from '../../src/device/device.ts';
import { createFrameDecoder, encodeFrame, type Frame } from '../../src/device/frames.ts';
import { status } from '../../src/device/status.ts';
import { expectedOf, infer, withFakeDevice } from '../support/fake-device.ts';
import {
  buildFakeFirmware,
  fakePorts,
  fakeWeights,
  hasGcc,
  startFakeFirmware,
} from '../support/fake-firmware.ts';
import { temporaryFolder } from '../support/folder.ts';
import { titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();
let program = '';
beforeAll(() => {
  if (hasGcc) program = buildFakeFirmware(folder);
});
const withDevice = <T>(
  task: (device: Device) => Promise<T>,
  options: Parameters<typeof withFakeDevice>[2] = {},
): Promise<T> => withFakeDevice(program, task, options);

/** The same, one request at a time. */
async function withClient<T>(task: (client: Client) => Promise<T>): Promise<T> {
  const client = createClient(startFakeFirmware(program), { firstSequence: 0xfffd });
  try {
    await client.exchange({ name: 'identify', command: commands.identify });
    return await task(client);
  } finally {
    await client.close();
  }
}

/** What the device answers to these bytes, once they are followed by an `identify` of its own, which it also answers. */
async function answersTo(...sent: readonly Uint8Array[]): Promise<Frame[]> {
  const line = startFakeFirmware(program);
  const decode = createFrameDecoder();
  const last = frame(commands.identify, 999);
  const frames = await new Promise<Frame[]>((resolve, reject) => {
    const found: Frame[] = [];
    line.listen({
      onData(bytes) {
        found.push(...decode(bytes));
        if (found.at(-1)?.sequence === 999) resolve(found.slice(0, -1));
      },
      onClose: reject,
    });
    for (const bytes of [...sent, last]) line.write(bytes);
  });
  await line.close();
  return frames;
}

const frame = (
  command: number,
  sequence: number,
  payload: Uint8Array = new Uint8Array(0),
  version = 1,
) => encodeFrame({ version, command, sequence, payload });
const statusOf = ({ payload }: Frame) => payload[0];
describe.skipIf(!hasGcc)(titleWithTool('the firmware', hasGcc, 'apt-get install gcc'), () => {
  it('says who it is', () =>
    withDevice(async ({ identity, ports }) => {
      expect(identity).toMatchObject({ board: 'fake-board', engine: 'fake', model: 'fake model' });
      expect(identity).toMatchObject({ firmwareVersion: '1.2.3', checks: 'none', abiVersion: 1 });
      expect(identity).toMatchObject({ arenaBytes: 640, memoryBytes: 700, weightsBytes: 1000 });
      expect(identity).toMatchObject({ inputs: 2, outputs: 2, layers: 3, chunkBytes: 256 });
      expect(identity).toMatchObject({ loadStatus: status.ok, start: 'power on', ticksHz: 0 });
      expect(identity.weightsCrc32).toBe(crc32(fakeWeights));
      expect(identity.weightsSha256).toBe(createHash('sha256').update(fakeWeights).digest('hex'));
      expect(await ports()).toEqual(fakePorts);
    }));

  it('runs inferences on inputs that come in pieces, one after another', () =>
    withDevice(async (device) => {
      expect(await infer(device, 1)).toEqual(expectedOf(1, 1));
      expect(await infer(device, 2)).toEqual(expectedOf(2, 2));
      await device.load();
      expect(await infer(device, 3)).toEqual(expectedOf(3, 1));
    }));

  it('counts the ticks of an inference and of a layer, without what counting takes', () =>
    withDevice(async (device) => {
      expect(await device.infer()).toBe(1000);
      expect([await device.runLayer(0), await device.runLayer(2)]).toEqual([100, 300]);
      expect(await device.statistics()).toEqual({
        ...{ inferences: 1, ticks: 1000, stackUsedBytes: 700, stackBytes: 2048, damagedFrames: 0 },
      });
    }));

  it('counts no less than nothing, of a counter that is coarser than what reading it takes', () =>
    withDevice(
      async (device) => {
        // The counter stands elsewhere between two steps each time.
        for (let run = 0; run < 50; run++) {
          expect([0, 125]).toContain(await device.runLayer(0));
        }
      },
      { env: { WICK_GRAIN: '125' } },
    ));

  it('runs a layer once, however often it is asked with the same number', () =>
    withClient(async (client) => {
      const run = { name: 'layer', command: commands.runLayer, payload: pack([2, 0]) };
      const first = await client.exchange(run);
      const line = await answersTo(
        frame(commands.identify, 5),
        frame(commands.write, 6, pack([1, 0], [4, 0], [1, 1])),
        frame(commands.runLayer, 7, pack([2, 0])),
        frame(commands.runLayer, 7, pack([2, 0])),
        frame(commands.read, 8, pack([1, 0], [4, 0], [2, 1])),
      );
      expect(line.map(statusOf)).toEqual(new Array(5).fill(status.ok));
      expect(line[3]).toEqual(line[2]);
      expect(line[4]?.payload).toEqual(Uint8Array.of(status.ok, 2));
      expect(first.status).toBe(status.ok);
    }));

  it('refuses what it does not know, or what is too short or too long for it, and goes on', () =>
    withClient(async (client) => {
      const ask = async (command: number, payload: Uint8Array = new Uint8Array(0)) =>
        (await client.exchange({ name: 'x', command, payload })).status;
      for (const command of [0, 11, 0x7f]) expect(await ask(command)).toBe(status.badRequest);
      for (const command of Object.values(commands)) {
        expect(await ask(command, new Uint8Array(3))).toBe(status.badRequest);
      }
      const { badArgument, ok } = status;
      expect(await ask(commands.port, pack([1, 2], [1, 0]))).toBe(badArgument);
      expect(await ask(commands.port, pack([1, 0], [1, 2]))).toBe(badArgument);
      expect(await ask(commands.write, pack([1, 2], [4, 0]))).toBe(badArgument);
      expect(await ask(commands.write, pack([1, 1], [4, 5], [1, 0]))).toBe(badArgument);
      expect(await ask(commands.write, pack([1, 1], [4, 0xffffffff], [1, 0]))).toBe(badArgument);
      expect(await ask(commands.write, pack([1, 1], [4, 4], [1, 0]))).toBe(ok);
      expect(await ask(commands.read, pack([1, 0], [4, 0], [2, 257]))).toBe(badArgument);
      expect(await ask(commands.read, pack([1, 1], [4, 4], [2, 1]))).toBe(badArgument);
      expect(await ask(commands.read, pack([1, 0], [4, 0], [2, 256]))).toBe(ok);
      expect(await ask(commands.runLayer, pack([2, 3]))).toBe(badArgument);
      expect(await ask(commands.selfTest, pack([1, 2]))).toBe(badArgument);
      expect(await ask(commands.infer)).toBe(ok);
    }));

  it('refuses a frame that is longer than any it takes, by its number, and goes on', async () => {
    const long = new Uint8Array(5 + 256 + 1);
    const longer = new Uint8Array(20_000).fill(1);
    const answers = await answersTo(
      frame(commands.identify, 65_535),
      frame(commands.write, 0, long),
      frame(commands.write, 0, long),
      frame(commands.write, 1, longer),
      frame(commands.infer, 2),
      frame(commands.infer, 2, longer),
    );
    const { ok, badRequest } = status;
    expect(answers.map(statusOf)).toEqual([ok, badRequest, badRequest, badRequest, ok, ok]);
    expect(answers.map(({ sequence }) => sequence)).toEqual([65_535, 0, 0, 1, 2, 2]);
  });

  it('takes nothing out of order, and knows its last answer still', async () => {
    const answers = await answersTo(
      frame(commands.infer, 0),
      frame(commands.identify, 7),
      frame(commands.infer, 8),
      frame(commands.infer, 10),
      frame(commands.infer, 7),
      frame(commands.infer, 8),
      frame(commands.statistics, 9),
    );
    const { ok, outOfOrder } = status;
    const expected = [outOfOrder, ok, ok, outOfOrder, outOfOrder, ok, ok];
    expect(answers.map(statusOf)).toEqual(expected);
    expect(answers[6]?.payload[1]).toBe(1);
  });

  it('tells a host of another version which one it speaks', async () => {
    const [answer] = await answersTo(frame(commands.identify, 1, new Uint8Array(0), 2));
    expect(answer).toMatchObject({ version: 1, command: commands.identify | 0x80, sequence: 1 });
    expect(answer?.payload).toEqual(Uint8Array.of(status.badRequest));
  });

  it('answers nothing to noise, and the next frame after any of it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 900 }), async (bytes) => {
        const [answer, ...more] = await answersTo(bytes, frame(commands.identify, 1));
        expect(more).toEqual([]);
        expect(answer).toMatchObject({ sequence: 1, command: commands.identify | 0x80 });
      }),
      { numRuns: 20 },
    );
  });

  it.each([0, 1, 55, 56, 63, 64, 65, 119, 120, 1000])(
    'knows CRC-32 and SHA-256 of %d bytes of weights',
    async (count) => {
      const weights = fakeWeights.subarray(0, count);
      await withDevice(
        async (device) => {
          expect(await device.selfTest('crc32')).toEqual({
            ...{ kind: 'crc32', isSound: count === 1000 },
            digest: crc32(weights).toString(16).padStart(8, '0'),
          });
          expect(await device.selfTest('sha256')).toEqual({
            ...{ kind: 'sha256', isSound: count === 1000 },
            digest: createHash('sha256').update(weights).digest('hex'),
          });
        },
        { env: { WICK_WEIGHTS: `${count}` } },
      );
    },
  );
});
