import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../../src/device/client.ts';
import { createReader } from '../../src/device/commands.ts';
import { openDevice } from '../../src/device/device.ts';
import { createFrameDecoder, encodeFrame, type Frame } from '../../src/device/frames.ts';
import { statusError } from '../../src/device/status.ts';
import type { Transport, TransportListener } from '../../src/device/transport.ts';
import { WickError } from '../../src/errors.ts';

/** A line whose other end answers each frame as it is told, or not at all. */
function createLine(answer: (frame: Frame) => readonly Uint8Array[], patience = 100) {
  const sent: Frame[] = [];
  const decode = createFrameDecoder();
  let listener: TransportListener | undefined;
  let closed = 0;
  const transport: Transport = {
    where: 'line',
    patience,
    silenceHint: 'look at it',
    listen: (given) => {
      listener = given;
    },
    write(bytes) {
      for (const frame of decode(bytes)) {
        sent.push(frame);
        const answers = answer(frame);
        queueMicrotask(() => {
          for (const part of answers) listener?.onData(part);
        });
      }
    },
    async close() {
      closed++;
    },
  };
  return {
    transport,
    sent,
    closes: () => closed,
    breakOff: (reason: WickError) => listener?.onClose(reason),
  };
}

const reply = (
  { command, sequence }: Frame,
  payload: readonly number[],
  changes: Partial<Frame> = {},
) =>
  encodeFrame({
    ...{ version: 1, command: command | 0x80, sequence, payload: Uint8Array.from(payload) },
    ...changes,
  });

const request = { name: 'infer', command: 4 };

/** What a request that nothing answers is refused with, at this time and not before. */
async function refusalAfter(milliseconds: number, answer: Promise<unknown>): Promise<string> {
  let refusal = '';
  answer.catch((error: unknown) => {
    refusal = String((error as Error).message);
  });
  await vi.advanceTimersByTimeAsync(milliseconds - 1);
  expect(refusal).toBe('');
  await vi.advanceTimersByTimeAsync(1);
  return refusal;
}

describe('a client', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('numbers its requests, over the end of 16 bits', async () => {
    const { transport, sent } = createLine((frame) => [reply(frame, [0])]);
    const { exchange } = createClient(transport, { firstSequence: 0xfffe });
    for (let i = 0; i < 3; i++) await exchange(request);
    expect(sent.map(({ sequence }) => sequence)).toEqual([0xffff, 0, 1]);
  });

  it('gives the status and what follows it', async () => {
    const { transport } = createLine((frame) => [reply(frame, [5, 6, 7])]);
    expect(await createClient(transport).exchange(request)).toEqual({
      status: 5,
      data: Uint8Array.of(6, 7),
    });
  });

  it('sends the same frame again until its answer comes, and takes no other answer for it', async () => {
    let times = 0;
    const { transport, sent } = createLine((frame) => {
      times++;
      if (times === 1) return [];
      if (times === 2) return [reply(frame, [1], { sequence: (frame.sequence + 1) & 0xffff })];
      if (times === 3) return [reply(frame, [2], { command: 0x85 })];
      if (times === 4) return [reply(frame, [3]).fill(9, 3, 5)];
      return [reply(frame, [4]), reply(frame, [4])];
    }, 20_000);
    const { exchange } = createClient(transport, { retry: 1 });
    const answer = exchange(request);
    await vi.advanceTimersByTimeAsync(15);
    expect((await answer).status).toBe(4);
    expect(sent).toEqual(new Array(5).fill(sent[0]));
  });

  it('gives up where nothing answers, and says how often it asked', async () => {
    const { transport } = createLine(() => []);
    // At 0 and 40 ms; the next would be at 120.
    expect(await refusalAfter(100, createClient(transport, { retry: 40 }).exchange(request))).toBe(
      "line: device does not answer: expected an answer to 'infer', received none in 0.1 s, asked 2 times; look at it",
    );
  });

  it('tells silence from noise, as of another baud rate', async () => {
    const { transport } = createLine(() => [Uint8Array.of(7, 0, 8)]);
    const refusal = await refusalAfter(100, createClient(transport).exchange(request));
    expect(refusal).toContain('asked once, and 3 bytes that are no answer to it; look at it');
  });

  it('waits longer for what takes a device a while', async () => {
    const { transport, sent } = createLine(() => []);
    const client = createClient(transport);
    const refusal = await refusalAfter(60_000, client.exchange({ ...request, isLong: true }));
    expect(refusal).toContain('received none in 60.0 s, asked 12 times');
    expect(sent).toHaveLength(12);
  });

  it('allows for the time that bytes take on a slow line', async () => {
    const { transport } = createLine(() => []);
    const slow = createClient({ ...transport, bytesPerSecond: 1000 }, { retry: 1000 });
    // 100 ms, and one for each of 11 bytes of the request, 8 of the answer and 281 more.
    const refusal = await refusalAfter(400, slow.exchange({ ...request, answerBytes: 281 }));
    expect(refusal).toContain('received none in 0.4 s, asked once');
  });

  it('fails at once where the line breaks, and stays so', async () => {
    const line = createLine(() => [], 60_000);
    const client = createClient(line.transport);
    const answer = client.exchange(request);
    line.breakOff(new WickError({ what: 'cut', where: 'line', hint: 'mend it' }));
    await expect(answer).rejects.toThrow("line: cut during 'infer'; mend it");
    await expect(client.exchange(request)).rejects.toThrow('line: cut; mend it');
  });

  it('tells that a device speaks another version', async () => {
    const { transport } = createLine((frame) => [reply(frame, [1], { version: 2 })]);
    await expect(createClient(transport).exchange(request)).rejects.toThrow(
      'line: device speaks another version of the protocol: expected 1, received 2',
    );
  });
});

describe('a device', () => {
  it('whose answer is cut off is none, and the line is closed', async () => {
    const line = createLine((frame) => [reply(frame, [0, 1, 2, 3])]);
    await expect(openDevice(line.transport)).rejects.toThrow(
      "line: the answer to 'identify' is cut off",
    );
    expect(line.closes()).toBe(1);
  });

  it('that takes no bytes in a frame is none', async () => {
    const { transport } = createLine((frame) => [reply(frame, new Array(300).fill(0))]);
    await expect(openDevice(transport)).rejects.toThrow("the answer to 'identify' is cut off or");
  });

  it('that would control the terminal by its name does not', () => {
    const name = '\u001b[2Jbell\u0007 ü';
    const bytes = new TextEncoder().encode(name);
    const { text } = createReader(Uint8Array.of(bytes.length, ...bytes), () => new Error('end'));
    expect(text()).toBe('\ufffd[2Jbell\ufffd ü');
  });

  it.each([
    [1, 'device does not know the request'],
    [2, 'device has no such input, output or layer'],
    [3, 'another ABI version'],
    [4, 'the weights on the device are corrupted'],
    [5, 'the model trapped'],
    [6, 'needs more memory'],
    [7, 'cannot do that'],
    [8, 'has started anew'],
    [99, 'device answers status 99'],
  ])('explains status %d', (status, text) => {
    expect(statusError(status, 'infer', 'line').message).toMatch(
      new RegExp(`^line, infer: .*${text}`),
    );
  });
});

it('without the package for serial ports says how to get it', async () => {
  vi.doMock('serialport', () => {
    throw new Error("Cannot find package 'serialport'");
  });
  const { openSerial } = await import('../../src/device/serial.ts');
  await expect(openSerial('/dev/ttyACM0', 115_200)).rejects.toThrow(
    /^serial ports need the package 'serialport', which cannot be loaded: .*; npm install serialport$/,
  );
  vi.doUnmock('serialport');
});
