import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  align,
  type BufferRequest,
  liveBytes,
  lowerBound,
  type MemoryPlan,
  type Piece,
  planMemory,
  tensorAlignment,
  wideAlignment,
} from '../../src/compile/plan.ts';
import { propertyRuns } from '../support/oracle.ts';

const bytes = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 20_000 }),
  fc.constantFrom(16, 32, 1024),
);

/** Buffers with any lifetimes, as branches and skip connections make them. */
const anyRequests = fc.array(
  fc
    .record({ bytes, firstLayer: fc.nat(11), length: fc.nat(8) })
    .map(({ length, ...request }) => ({ ...request, lastLayer: request.firstLayer + length })),
  { maxLength: 24 },
);

/** A chain: layer i reads buffer i, writes buffer i + 1, and may want scratch. */
const chainsOf = (minLength: number, maxLength: number) =>
  fc
    .array(fc.record({ output: bytes, scratch: fc.option(bytes) }), { minLength, maxLength })
    .chain((layers) => bytes.map((input) => chainRequests(input, layers)));
const chains = chainsOf(1, 14);

function chainRequests(
  input: number,
  layers: readonly { readonly output: number; readonly scratch: number | null }[],
): BufferRequest[] {
  const last = layers.length - 1;
  const scratch = layers.flatMap(({ scratch }, layer) =>
    scratch === null ? [] : [{ bytes: scratch, firstLayer: layer, lastLayer: layer }],
  );
  const outputs = layers.map(({ output }, layer) => ({
    bytes: output,
    firstLayer: layer,
    lastLayer: Math.min(layer + 1, last),
  }));
  return [{ bytes: input, firstLayer: 0, lastLayer: 0 }, ...outputs, ...scratch];
}

/** Buffers of a few pieces: a tensor in the place of a larger one, or several that become one. */
const shapes = fc.array(
  fc
    .array(
      fc.record({
        offset: fc.nat(200).map((n) => 4 * n),
        bytes,
        firstLayer: fc.nat(9),
        length: fc.nat(5),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((pieces) =>
      pieces.map(({ length, ...piece }) => ({ ...piece, lastLayer: piece.firstLayer + length })),
    ),
  { maxLength: 12 },
);

/** Each request as a buffer of one piece. */
const whole = (requests: readonly BufferRequest[]) =>
  requests.map((request): Piece[] => [{ ...request, offset: 0 }]);
const plan = (requests: readonly BufferRequest[]) => planMemory(whole(requests));

function expectValid(
  buffers: readonly (readonly Piece[])[],
  { offsets, arenaBytes }: MemoryPlan,
): void {
  expect(offsets).toHaveLength(buffers.length);
  const placed = buffers.flatMap((pieces, buffer) =>
    pieces.map((piece) => ({
      ...piece,
      buffer,
      start: (offsets[buffer] as number) + piece.offset,
    })),
  );
  placed.forEach((a, i) => {
    expect(a.start).toBeGreaterThanOrEqual(0);
    expect(a.start % tensorAlignment).toBe(0);
    expect(a.start + a.bytes).toBeLessThanOrEqual(arenaBytes);
    for (const b of placed.slice(i + 1)) {
      const together = a.firstLayer <= b.lastLayer && b.firstLayer <= a.lastLayer;
      const overlap = a.start < b.start + b.bytes && b.start < a.start + a.bytes;
      expect(a.buffer !== b.buffer && together && overlap, JSON.stringify([a, b])).toBe(false);
    }
  });
}

describe('align', () => {
  it('rounds up to a multiple of 16, or of what is asked for', () => {
    expect(wideAlignment).toBe(16);
    expect([0, 1, 15, 16, 17].map((n) => align(n))).toEqual([0, 16, 16, 16, 32]);
    expect([0, 1, 4, 5].map((n) => align(n, 4))).toEqual([0, 4, 4, 8]);
  });
});

describe('liveBytes', () => {
  it('is what each layer needs', () => {
    const requests = [
      { bytes: 10, firstLayer: 0, lastLayer: 1 },
      { bytes: 7, firstLayer: 1, lastLayer: 3 },
    ];
    expect(liveBytes(requests)).toEqual([10, 17, 7, 7]);
    expect(liveBytes(requests, 4)).toEqual([12, 20, 8, 8]);
  });
});

describe('lowerBound', () => {
  const requests = [
    { bytes: 100, firstLayer: 0, lastLayer: 1 },
    { bytes: 17, firstLayer: 1, lastLayer: 2 },
    { bytes: 120, firstLayer: 2, lastLayer: 2 },
  ];

  it('is the largest sum of buffers that one layer needs', () => {
    expect(lowerBound([])).toBe(0);
    expect(lowerBound(requests)).toBe(17 + 120);
  });

  it('counts each buffer up to its alignment where that is asked for', () => {
    expect(lowerBound(requests, 16)).toBe(32 + 128);
  });

  it('is no more than what any plan takes', () => {
    fc.assert(
      fc.property(anyRequests, (requests) => {
        expect(lowerBound(requests)).toBeLessThanOrEqual(plan(requests).arenaBytes);
      }),
      { numRuns: propertyRuns },
    );
  });
});

describe('planMemory', () => {
  it('never lets buffers overlap that live at the same time, and aligns all', () => {
    fc.assert(
      fc.property(fc.oneof(anyRequests, chains).map(whole), (buffers) => {
        expectValid(buffers, planMemory(buffers));
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it('places buffers of several pieces by the pieces that are needed at a time', () => {
    fc.assert(
      fc.property(shapes, (buffers) => {
        expectValid(buffers, planMemory(buffers));
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it('gives what a buffer no longer needs to another', () => {
    const shrinking = [
      { offset: 0, bytes: 100, firstLayer: 0, lastLayer: 1 },
      { offset: 0, bytes: 20, firstLayer: 2, lastLayer: 3 },
    ];
    const late = [{ offset: 0, bytes: 80, firstLayer: 2, lastLayer: 3 }];
    expect(planMemory([shrinking, late]).arenaBytes).toBe(100);
  });

  it('starts buffers at multiples of 16 where that costs nothing, or else of 4', () => {
    const together = (...sizes: number[]) =>
      plan(sizes.map((bytes) => ({ bytes, firstLayer: 0, lastLayer: 0 })));
    expect(together(32, 16, 8)).toEqual({ offsets: [0, 32, 48], arenaBytes: 56 });
    expect(together(20, 12, 8)).toEqual({ offsets: [0, 20, 32], arenaBytes: 40 });
  });

  it('reaches the rounded lower bound in every chain of layers', () => {
    fc.assert(
      fc.property(chains, (requests) => {
        expect(plan(requests).arenaBytes).toBeLessThanOrEqual(lowerBound(requests, 16));
      }),
      { numRuns: 10 * propertyRuns },
    );
  });

  it('reaches it in long chains too', () => {
    fc.assert(
      fc.property(chainsOf(60, 60), (requests) => {
        expect(plan(requests).arenaBytes).toBeLessThanOrEqual(lowerBound(requests, 16));
      }),
      { numRuns: propertyRuns / 10 },
    );
  });

  it('stays near the rounded lower bound where lifetimes overlap in any way', () => {
    fc.assert(
      fc.property(anyRequests, (requests) => {
        const bound = lowerBound(requests, 16);
        expect(plan(requests).arenaBytes).toBeLessThanOrEqual(1.15 * bound);
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it('gives the same plan for the same requests', () => {
    fc.assert(
      fc.property(anyRequests, (requests) => {
        expect(plan(requests)).toEqual(plan(structuredClone(requests)));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('shares memory between buffers that never live together', () => {
    const { arenaBytes } = plan([
      { bytes: 100, firstLayer: 0, lastLayer: 0 },
      { bytes: 90, firstLayer: 1, lastLayer: 1 },
    ]);
    expect(arenaBytes).toBe(100);
  });

  it('takes no memory where nothing is asked for', () => {
    expect(planMemory([])).toEqual({ offsets: [], arenaBytes: 0 });
  });

  it('places empty buffers too', () => {
    const requests = [
      { bytes: 0, firstLayer: 0, lastLayer: 1 },
      { bytes: 5, firstLayer: 0, lastLayer: 1 },
    ];
    const placed = plan(requests);
    expectValid(whole(requests), placed);
    expect(placed.arenaBytes).toBe(5);
  });
});
