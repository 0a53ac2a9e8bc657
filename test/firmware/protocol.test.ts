import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, createClient } from '../../src/device/client.ts';
import { commands, pack } from '../../src/device/commands.ts';
import { type Device, openDevice } from '../../src/device/device.ts';
import { createFrameDecoder, encodeFrame, type Frame } from '../../src/device/frames.ts';
import { status } from '../../src/device/status.ts';
import { createRandom } from '../../src/random.ts';
import {
  buildFakeFirmware,
  type Distort,
  fakeInference,
  fakePorts,
  fakeWeights,
  hasGcc,
  misfortune,
  startFakeFirmware,
} from '../support/fake-firmware.ts';
import { temporaryFolder } from '../support/folder.ts';
import { titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();
let program = '';
beforeAll(() => {
  if (hasGcc) program = buildFakeFirmware(folder);
});

type Options = Parameters<typeof startFakeFirmware>[1];

/** Runs a task with a device, and fails where the sanitizers have anything to say. */
async function withDevice<T>(
  task: (device: Device) => Promise<T>,
  options: Options = {},
): Promise<T> {
  const device = await openDevice(startFakeFirmware(program, options), {
    retry: 20,
    longRetry: 20,
  });
  try {
    return await task(device);
  } finally {
    await device.close();
  }
}

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
const noise = (random: () => number, count: number) => Uint8Array.from({ length: count }, random);
const bytesOf = (seed: number, count: number) => {
  const random = createRandom(seed);
  // The first byte is none of those that make an inference go wrong.
  return Uint8Array.from({ length: count }, (_, i) => (i === 0 ? 1 : random.integer(256)));
};

async function infer(device: Device, seed: number): Promise<Uint8Array[]> {
  const inputs = fakePorts.inputs.map((bytes, i) => bytesOf(2 * seed + i, bytes));
  for (const [i, input] of inputs.entries()) await device.writeInput(i, input);
  await device.infer();
  const outputs: Uint8Array[] = [];
  for (const [i, bytes] of fakePorts.outputs.entries())
    outputs.push(await device.readOutput(i, bytes));
  return outputs;
}

const expectedOf = (seed: number, inferences: number) => [
  ...fakeInference(bytesOf(2 * seed, 600), bytesOf(2 * seed + 1, 5), inferences),
];

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

describe.skipIf(!hasGcc)('a model that cannot be used', () => {
  it('of another ABI version is refused, and the firmware says so', () =>
    withDevice(
      async (device) => {
        expect(device.identity).toMatchObject({ abiVersion: 7, loadStatus: status.badAbi });
        const refusal =
          /^fake line, infer: the model on the device was made for another ABI version/;
        await expect(device.infer()).rejects.toThrow(refusal);
        await expect(device.ports()).rejects.toThrow('another ABI version');
        await expect(device.load()).rejects.toThrow('another ABI version');
        expect((await device.statistics()).inferences).toBe(0);
      },
      { env: { WICK_ABI: '7' } },
    ));

  it.each([0, 517, 999])(
    'with one bit of weight %d wrong is refused, and both digests tell',
    (index) =>
      withDevice(
        async (device) => {
          expect(device.identity.loadStatus).toBe(status.badWeights);
          const refusal =
            /^fake line, write input 0: the weights on the device are corrupted; flash/;
          await expect(device.writeInput(0, new Uint8Array(1))).rejects.toThrow(refusal);
          await expect(device.infer()).rejects.toThrow('corrupted');
          expect((await device.selfTest('crc32')).isSound).toBe(false);
          expect((await device.selfTest('sha256')).isSound).toBe(false);
        },
        { env: { WICK_CORRUPT: `${index}` } },
      ),
  );

  it('because it traps is loaded again, and the next inference is right', () =>
    withDevice(async (device) => {
      await infer(device, 1);
      await device.writeInput(0, Uint8Array.of(misfortune.trap));
      await expect(device.infer()).rejects.toThrow(
        'fake line, infer: the model trapped on the device',
      );
      expect(await infer(device, 4)).toEqual(expectedOf(4, 1));
    }));

  it('because the core faults in it leaves a device that has started anew and says why', () =>
    withDevice(async (device) => {
      await device.writeInput(0, Uint8Array.of(misfortune.fault));
      await expect(device.infer()).rejects.toThrow(
        'fake line, infer: the device has started anew, so that what it was given is lost: received a start after: fault at 0x0800abcd; try again',
      );
      expect(await infer(device, 5)).toEqual(expectedOf(5, 1));
    }));

  it('because of the device itself can be reset', () =>
    withDevice(async (device) => {
      await infer(device, 1);
      expect(await device.reset()).toMatchObject({ start: 'reset', model: 'fake model' });
      expect(await infer(device, 6)).toEqual(expectedOf(6, 1));
    }));
});

/** A line that now and then loses, doubles or damages what it carries, or brings noise; the same for the same seed. */
function badLine(seed: number): Distort {
  const random = createRandom(seed);
  const often = (one: number) => random.integer(one) === 0;
  const any = () => random.integer(256);
  return (bytes) => {
    if (often(16)) return new Uint8Array(0);
    const parts: Uint8Array[] = [];
    if (often(16)) parts.push(noise(any, 1 + random.integer(40)));
    const copy = Uint8Array.from(bytes);
    if (often(16)) copy[random.integer(copy.length)] = any();
    parts.push(often(16) ? copy.subarray(0, random.integer(copy.length)) : copy);
    if (often(16)) parts.push(bytes);
    if (often(30)) parts.push(noise(() => 1 + random.integer(255), 2000));
    return Uint8Array.from(Buffer.concat(parts));
  };
}

describe.skipIf(!hasGcc)('a bad line', () => {
  it('costs time only: each inference is run once, on what was sent', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), (seed) =>
        withDevice(
          async (device) => {
            for (let i = 1; i <= 3; i++) {
              expect(await infer(device, seed + i)).toEqual(expectedOf(seed + i, i));
            }
            expect(await device.runLayer(1)).toBe(200);
            expect((await device.statistics()).inferences).toBe(3);
          },
          { toDevice: badLine(seed), toHost: badLine(seed + 1) },
        ),
      ),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it('on which a host asks again while the device computes has one answer', () =>
    withDevice(async (device) => {
      await device.writeInput(0, Uint8Array.of(misfortune.slow));
      expect(await device.infer()).toBe(1000);
      expect(await infer(device, 1)).toEqual(expectedOf(1, 2));
    }));
});
