import { randomInt } from 'node:crypto';
import { WickError } from '../errors.ts';
import {
  answerBit,
  createFrameDecoder,
  encodeFrame,
  type Frame,
  frameOverhead,
  protocolVersion,
} from './frames.ts';
import type { Transport } from './transport.ts';

/** What a device is asked for. */
export interface Request {
  /** What it is, for errors: `infer`. */
  readonly name: string;
  readonly command: number;
  readonly payload?: Uint8Array;
  /** Bytes that the answer brings, about: they take their time on a slow line. */
  readonly answerBytes?: number;
  /** The device computes before it answers: it is not asked again soon, and waited for longer. */
  readonly isLong?: boolean;
}

/** What a device answers: how it went, then whatever the request was for. */
export interface DeviceAnswer {
  readonly status: number;
  readonly data: Uint8Array;
}

/** How long to wait, all in ms. */
export interface Timing {
  /** Before a request is sent again, which doubles each time. */
  readonly retry: number;
  /** The same, of a request that takes the device a while. */
  readonly longRetry: number;
  /** In all, for a request that takes the device a while. */
  readonly longPatience: number;
}

/** What fits a board: an answer takes it far less than the first wait, an inference less than the last. */
const defaultTiming: Timing = { retry: 250, longRetry: 5000, longPatience: 60_000 };

/** The longest wait before a request is sent again, in ms. */
const longestRetry = 4000;

/** Bits of a byte on a serial line, start and stop bit included. */
export const bitsPerByte = 10;

/** One end of the protocol: a request at a time, each sent again until it is answered. */
export interface Client {
  readonly where: string;
  /**
   * Sends a request and waits for its answer. Throws a WickError where none comes in time, the line breaks, or the device
   * speaks another version of the protocol.
   */
  exchange(request: Request): Promise<DeviceAnswer>;
  close(): Promise<void>;
}

interface Waiting {
  readonly sequence: number;
  readonly command: number;
  readonly take: (frame: Frame) => void;
  readonly fail: (reason: WickError) => void;
}

/**
 * The host's end of a line. Requests are numbered from `firstSequence`, by default at random, so that a late answer to
 * another host is not taken for one of ours.
 */
export function createClient(
  transport: Transport,
  {
    firstSequence = randomInt(0x10000),
    ...given
  }: Partial<Timing> & { readonly firstSequence?: number } = {},
): Client {
  const timing = { ...defaultTiming, ...given };
  const { where } = transport;
  const decode = createFrameDecoder();
  let sequence = firstSequence;
  let waiting: Waiting | undefined;
  let broken: WickError | undefined;
  /** Bytes that came since the last answer. */
  let heard = 0;
  transport.listen({
    onData(bytes) {
      heard += bytes.length;
      for (const frame of decode(bytes)) {
        // Answers to what was asked before may still come in, where that was sent twice.
        if (frame.sequence !== waiting?.sequence) continue;
        if (frame.command === (waiting.command | answerBit)) waiting.take(frame);
      }
    },
    onClose(reason) {
      broken = reason;
      waiting?.fail(reason);
    },
  });

  /** Milliseconds that bytes are on their way. */
  const onTheWay = (bytes: number) =>
    transport.bytesPerSecond === undefined ? 0 : (1000 * bytes) / transport.bytesPerSecond;

  const waitFor = (request: Request, number: number, frame: Uint8Array): Promise<Frame> =>
    new Promise((resolve, reject) => {
      const { name, command, answerBytes = 0, isLong = false } = request;
      const travel = onTheWay(frame.length + frameOverhead + answerBytes);
      const patience = (isLong ? timing.longPatience : transport.patience) + travel;
      let wait = isLong ? timing.longRetry : timing.retry;
      let tries = 0;
      let timer: NodeJS.Timeout | undefined;
      const start = performance.now();
      const end = () => {
        clearTimeout(timer);
        waiting = undefined;
      };
      const giveUp = () => {
        end();
        const noise = heard === 0 ? '' : `, and ${heard} bytes that are no answer to it`;
        reject(
          new WickError({
            what: 'device does not answer',
            where,
            expected: `an answer to '${name}'`,
            received: `none in ${(patience / 1000).toFixed(1)} s, asked ${tries === 1 ? 'once' : `${tries} times`}${noise}`,
            hint: transport.silenceHint,
          }),
        );
      };
      const send = () => {
        tries++;
        transport.write(frame);
        const left = patience - (performance.now() - start);
        const isLast = left <= wait + travel;
        timer = setTimeout(isLast ? giveUp : send, isLast ? Math.max(left, 0) : wait + travel);
        wait = Math.min(2 * wait, Math.max(longestRetry, wait));
      };
      waiting = {
        sequence: number,
        command,
        take(answer) {
          heard = 0;
          end();
          resolve(answer);
        },
        fail(reason) {
          end();
          reject(whileAsking(reason, name));
        },
      };
      send();
    });

  return {
    where,
    async exchange(request) {
      if (waiting !== undefined) throw new Error('one request at a time');
      if (broken !== undefined) throw broken;
      sequence = (sequence + 1) & 0xffff;
      const { command, payload = new Uint8Array(0) } = request;
      const frame = encodeFrame({ version: protocolVersion, command, sequence, payload });
      const { version, payload: answer } = await waitFor(request, sequence, frame);
      if (version === protocolVersion && answer.length > 0) {
        return { status: answer[0] as number, data: answer.subarray(1) };
      }
      throw new WickError({
        what: 'device speaks another version of the protocol',
        where,
        expected: `${protocolVersion}`,
        received: `${version}`,
        hint: "build its firmware again with 'wick firmware build'",
      });
    },
    close: () => transport.close(),
  };
}

/** Why the line broke, and what it broke. */
function whileAsking({ problem }: WickError, name: string): WickError {
  return new WickError({ ...problem, what: `${problem.what} during '${name}'` });
}
