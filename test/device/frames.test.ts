import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameDecoder, encodeFrame, type Frame } from '../../src/device/frames.ts';
import { propertyRuns } from '../support/oracle.ts';

const byte = fc.integer({ min: 0, max: 255 });

/** Payloads as they come: of any bytes, mostly zeros, or without a zero for longer than a block of COBS. */
const payload = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(fc.constantFrom(0, 0, 1), { maxLength: 300 }).map((list) => Uint8Array.from(list)),
  fc.uint8Array({ min: 1, minLength: 240, maxLength: 800 }),
);

const frame: fc.Arbitrary<Frame> = fc.record({
  version: byte,
  command: byte,
  sequence: fc.integer({ min: 0, max: 0xffff }),
  payload,
});

/** Bytes between frames. What is cut off needs a delimiter behind it, which every frame brings. */
const noise = fc.uint8Array({ maxLength: 50 });

const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));

const property = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void) =>
  fc.assert(fc.property(arbitrary, holds), { numRuns: propertyRuns });

describe('a frame', () => {
  it('is as docs/protocol.md shows it', () => {
    const identify = { version: 1, command: 1, sequence: 2, payload: new Uint8Array(0) };
    expect(Buffer.from(encodeFrame(identify)).toString('hex')).toBe('000401010205ccb00caa00');
  });

  it('comes out as it went in', () => {
    property(frame, (sent) => {
      expect(createFrameDecoder()(encodeFrame(sent))).toEqual([sent]);
    });
  });

  it('has no zero but those around it', () => {
    property(frame, (sent) => {
      const bytes = encodeFrame(sent);
      expect([bytes.indexOf(0), bytes.indexOf(0, 1)]).toEqual([0, bytes.length - 1]);
    });
  });

  it('is found in pieces of any size', () => {
    property(fc.tuple(frame, fc.array(fc.nat(1000), { maxLength: 6 })), ([sent, cuts]) => {
      const bytes = encodeFrame(sent);
      const at = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
      const decode = createFrameDecoder();
      const found = at.slice(1).flatMap((end, i) => decode(bytes.subarray(at[i], end)));
      expect(found).toEqual([sent]);
    });
  });

  it('is found between noise of any kind', () => {
    property(
      fc.tuple(noise, frame, noise, frame, noise),
      ([before, first, between, second, after]) => {
        const line = join(before, encodeFrame(first), between, encodeFrame(second), after);
        expect(createFrameDecoder()(line)).toEqual([first, second]);
      },
    );
  });

  it('is never taken for another where one bit is wrong', () => {
    property(fc.tuple(frame, fc.nat()), ([sent, position]) => {
      const bytes = encodeFrame(sent);
      const bit = position % (8 * bytes.length);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(createFrameDecoder()(bytes)).toEqual([]);
      // The next one is found again.
      const decode = createFrameDecoder();
      decode(bytes);
      expect(decode(encodeFrame(sent))).toEqual([sent]);
    });
  });

  it('is left out where it is longer than any', () => {
    const long = { version: 1, command: 1, sequence: 1, payload: new Uint8Array(5000).fill(1) };
    const short = { ...long, payload: new Uint8Array(3) };
    const decode = createFrameDecoder();
    expect(decode(encodeFrame(long))).toEqual([]);
    expect(decode(encodeFrame(short))).toEqual([short]);
  });
});
