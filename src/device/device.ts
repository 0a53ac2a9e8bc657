import { WickError } from '../errors.ts';
import {
  type Client,
  createClient,
  type DeviceAnswer,
  type Request,
  type Timing,
} from './client.ts';
import { commands, createReader, pack } from './commands.ts';
import { type DeviceIdentity, readIdentity } from './identity.ts';
import { status, statusError } from './status.ts';
import type { Transport } from './transport.ts';

/** What a device has counted since it started. */
export interface DeviceStatistics {
  readonly inferences: number;
  /** Of the last inference. */
  readonly ticks: number;
  /** The most bytes of stack that were in use. */
  readonly stackUsedBytes: number;
  readonly stackBytes: number;
  /** Frames that reached the device damaged or cut off. */
  readonly damagedFrames: number;
}

/** What a self-test found: the digest of the weights as they are in the device's flash now. */
export interface SelfTest {
  readonly kind: 'crc32' | 'sha256';
  /** In hexadecimal. */
  readonly digest: string;
  /** Whether it is that of the weights which the model was built with. */
  readonly isSound: boolean;
}

/** A device that runs wick's firmware, at the other end of a line. Every function throws a WickError where it fails. */
export interface Device {
  readonly where: string;
  readonly identity: DeviceIdentity;
  /** Bytes of each input and output; those of a device whose model is not loaded are refused. */
  ports(): Promise<{ readonly inputs: readonly number[]; readonly outputs: readonly number[] }>;
  writeInput(index: number, bytes: Uint8Array): Promise<void>;
  readOutput(index: number, bytes: number): Promise<Uint8Array>;
  /** Runs an inference on the inputs that were written, and gives its ticks. */
  infer(): Promise<number>;
  /** Runs one layer on what the ones before it left, and gives its ticks; undefined where the engine runs no single ones. */
  runLayer(index: number): Promise<number | undefined>;
  statistics(): Promise<DeviceStatistics>;
  selfTest(kind: SelfTest['kind']): Promise<SelfTest>;
  /** Loads the model anew: what a stateful one keeps is gone. */
  load(): Promise<void>;
  /** Starts the device anew, as after power on, and asks it again who it is. */
  reset(): Promise<DeviceIdentity>;
  close(): Promise<void>;
}

/**
 * Asks what is at the other end of a line who it is. Throws a WickError where nothing answers, or something else than this
 * version's firmware; the line is closed then.
 */
export async function openDevice(
  transport: Transport,
  timing: Partial<Timing> & { readonly firstSequence?: number } = {},
): Promise<Device> {
  const client = createClient(transport, timing);
  try {
    return deviceAt(client, await identify(client));
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Bytes of the answer to `identify`, about. */
const identityBytes = 200;

async function identify(client: Client): Promise<DeviceIdentity> {
  const request = { name: 'identify', command: commands.identify, answerBytes: identityBytes };
  const { status: code, data } = await client.exchange(request);
  if (code !== status.ok) throw statusError(code, request.name, client.where);
  return readIdentity(data, () => cutOff(client, request.name));
}

const cutOff = ({ where }: Client, name: string) =>
  new WickError({
    what: `the answer to '${name}' is cut off or makes no sense`,
    where,
    hint: "the device's firmware is of another version: build it again with 'wick firmware build'",
  });

function deviceAt(client: Client, identity: DeviceIdentity): Device {
  const { where } = client;
  const ask = async (request: Request, allowed: readonly number[] = []): Promise<DeviceAnswer> => {
    const answer = await client.exchange(request);
    if (answer.status === status.ok || allowed.includes(answer.status)) return answer;
    if (answer.status === status.outOfOrder) throw await startedAnew(client, request.name);
    throw statusError(answer.status, request.name, where);
  };
  const reader = (name: string, { data }: DeviceAnswer) =>
    createReader(data, () => cutOff(client, name));
  const ticksOf = async (request: Request, allowed: readonly number[] = []) => {
    const answer = await ask({ ...request, answerBytes: 4, isLong: true }, allowed);
    return answer.status === status.ok ? reader(request.name, answer).u32() : undefined;
  };
  const portBytes = async (direction: number, index: number): Promise<number> => {
    const name = `size of ${direction === 0 ? 'input' : 'output'} ${index}`;
    const payload = pack([1, direction], [1, index]);
    return reader(name, await ask({ name, command: commands.port, payload })).u32();
  };
  /** The pieces in which bytes are sent. */
  const chunks = (bytes: number) =>
    Array.from({ length: Math.ceil(bytes / identity.chunkBytes) }, (_, index) => {
      const offset = index * identity.chunkBytes;
      return { offset, count: Math.min(identity.chunkBytes, bytes - offset) };
    });
  const device: Device = {
    where,
    identity,
    async ports() {
      const [inputs, outputs]: [number[], number[]] = [[], []];
      for (let i = 0; i < identity.inputs; i++) inputs.push(await portBytes(0, i));
      for (let i = 0; i < identity.outputs; i++) outputs.push(await portBytes(1, i));
      return { inputs, outputs };
    },
    async writeInput(index, bytes) {
      for (const { offset, count } of chunks(bytes.length)) {
        const head = pack([1, index], [4, offset]);
        const payload = Buffer.concat([head, bytes.subarray(offset, offset + count)]);
        await ask({ name: `write input ${index}`, command: commands.write, payload });
      }
    },
    async readOutput(index, bytes) {
      const output = new Uint8Array(bytes);
      const name = `read output ${index}`;
      for (const { offset, count } of chunks(bytes)) {
        const payload = pack([1, index], [4, offset], [2, count]);
        const { data } = await ask({ name, command: commands.read, payload, answerBytes: count });
        if (data.length !== count) throw cutOff(client, name);
        output.set(data, offset);
      }
      return output;
    },
    infer: async () => (await ticksOf({ name: 'infer', command: commands.infer })) as number,
    runLayer: (index) =>
      ticksOf(
        { name: `run layer ${index}`, command: commands.runLayer, payload: pack([2, index]) },
        [status.unsupported],
      ),
    async statistics() {
      const name = 'statistics';
      const { u32 } = reader(
        name,
        await ask({ name, command: commands.statistics, answerBytes: 20 }),
      );
      const [inferences, ticks, stackUsedBytes, stackBytes] = [u32(), u32(), u32(), u32()];
      return { inferences, ticks, stackUsedBytes, stackBytes, damagedFrames: u32() };
    },
    async selfTest(kind) {
      const name = `self-test by ${kind}`;
      const payload = pack([1, kind === 'crc32' ? 0 : 1]);
      const request = { name, command: commands.selfTest, payload, answerBytes: 32, isLong: true };
      const answer = await ask(request, [status.badWeights]);
      const { u32, hex } = reader(name, answer);
      const digest = kind === 'sha256' ? hex(32) : u32().toString(16).padStart(8, '0');
      return { kind, digest, isSound: answer.status === status.ok };
    },
    async load() {
      await ask({ name: 'load', command: commands.load, isLong: true });
    },
    async reset() {
      // Where the answer is lost, the request meets a device that has started anew, which is what it was for.
      await ask({ name: 'reset', command: commands.reset }, [status.outOfOrder]);
      return await identify(client);
    },
    close: () => client.close(),
  };
  return device;
}

/** The device no longer knows of us: it says why it started. */
async function startedAnew(client: Client, name: string): Promise<WickError> {
  const { start, faultAddress } = await identify(client);
  const { problem } = statusError(status.outOfOrder, name, client.where);
  const place = faultAddress === 0 ? '' : ` at 0x${faultAddress.toString(16).padStart(8, '0')}`;
  return new WickError({ ...problem, received: `a start after: ${start}${place}` });
}
