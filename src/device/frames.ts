import { crc32 } from 'node:zlib';

/** The version of the protocol of docs/protocol.md; a device answers a host of another one only to say so. */
export const protocolVersion = 1;

/** What two sides of a line tell each other, see docs/protocol.md. */
export interface Frame {
  readonly version: number;
  /** What is asked for; of an answer with {@link answerBit}. */
  readonly command: number;
  /** 0 to 65535; an answer has that of its request. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Set in the command of an answer. */
export const answerBit = 0x80;

const headerBytes = 4;
const crcBytes = 4;

/** Bytes of a frame without its payload, as they are before COBS. */
export const frameOverhead = headerBytes + crcBytes;

/** The most bytes of a frame that a decoder keeps: more than any frame has, so what goes on longer is noise. */
const mostBytes = 4096;

/** The longest run of bytes without a zero that one block of COBS holds. */
const fullRun = 254;

/** A frame as it goes over the line: COBS between two delimiters, so that it is whole whatever came before it. */
export function encodeFrame({ version, command, sequence, payload }: Frame): Uint8Array {
  const bytes = new Uint8Array(frameOverhead + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, version);
  view.setUint8(1, command);
  view.setUint16(2, sequence, true);
  bytes.set(payload, headerBytes);
  const end = headerBytes + payload.length;
  view.setUint32(end, crc32(bytes.subarray(0, end)), true);
  return Uint8Array.of(0, ...encodeCobs(bytes), 0);
}

/** COBS: each zero is left out, and before each run of other bytes stands how far the next zero is. */
function encodeCobs(bytes: Uint8Array): number[] {
  const encoded: number[] = [];
  for (let from = 0; from <= bytes.length; ) {
    const zero = bytes.indexOf(0, from);
    const run = Math.min((zero < 0 ? bytes.length : zero) - from, fullRun);
    encoded.push(run + 1, ...bytes.subarray(from, from + run));
    from += run;
    // A zero follows, but for a full block; the end of a frame stands for one.
    if (run < fullRun) from++;
    else if (from === bytes.length) break;
  }
  return encoded;
}

/** What COBS made of these bytes; undefined where a block is cut off. */
function decodeCobs(encoded: readonly number[]): Uint8Array | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < encoded.length; ) {
    const code = encoded[at] as number;
    const end = at + code;
    if (end > encoded.length) return undefined;
    bytes.push(...encoded.slice(at + 1, end));
    if (code <= fullRun && end < encoded.length) bytes.push(0);
    at = end;
  }
  return Uint8Array.from(bytes);
}

/** The frame in these bytes; undefined where there are too few or their CRC-32 is another. */
function parseFrame(bytes: Uint8Array): Frame | undefined {
  if (bytes.length < frameOverhead) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length - crcBytes;
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end, true)) return undefined;
  return {
    version: view.getUint8(0),
    command: view.getUint8(1),
    sequence: view.getUint16(2, true),
    payload: bytes.slice(headerBytes, end),
  };
}

/**
 * Finds frames in what a line brings, in pieces of any size. Everything else is left out: noise, and frames that were
 * damaged or cut off.
 */
export function createFrameDecoder(): (bytes: Uint8Array) => Frame[] {
  let pending: number[] = [];
  return (bytes) => {
    const frames: Frame[] = [];
    for (const byte of bytes) {
      if (byte !== 0) {
        if (pending.length < mostBytes) pending.push(byte);
        continue;
      }
      const decoded = pending.length < mostBytes ? decodeCobs(pending) : undefined;
      const frame = decoded && parseFrame(decoded);
      if (frame !== undefined) frames.push(frame);
      pending = [];
    }
    return frames;
  };
}
