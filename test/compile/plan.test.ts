import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  align,
  type BufferRequest,
  bufferAlignment,
  lowerBound,
  type MemoryPlan,
  planMemory,
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

function expectValid(requests: readonly BufferRequest[], plan: MemoryPlan): void {
  expect(plan.offsets).toHaveLength(requests.length);
  const placed = requests.map((request, i) => ({ ...request, start: plan.offsets[i] as number }));
  placed.forEach((a, i) => {
    expect(a.start).toBeGreaterThanOrEqual(0);
    expect(a.start % 16).toBe(0);
    expect(a.start + a.bytes).toBeLessThanOrEqual(plan.arenaBytes);
    for (const b of placed.slice(i + 1)) {
      const together = a.firstLayer <= b.lastLayer && b.firstLayer <= a.lastLayer;
      const overlap = a.start < b.start + b.bytes && b.start < a.start + a.bytes;
      expect(together && overlap, JSON.stringify([a, b])).toBe(false);
    }
  });
}

describe('align', () => {
  it('rounds up to a multiple of 16', () => {
    expect(bufferAlignment).toBe(16);
    expect([0, 1, 15, 16, 17].map((n) => align(n))).toEqual([0, 16, 16, 16, 32]);
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
    expect(lowerBound(requests, true)).toBe(32 + 128);
  });

  it('is no more than what any plan takes', () => {
    fc.assert(
      fc.property(anyRequests, (requests) => {
        expect(lowerBound(requests)).toBeLessThanOrEqual(planMemory(requests).arenaBytes);
      }),
      { numRuns: propertyRuns },
    );
  });
});

describe('planMemory', () => {
  it('never lets buffers overlap that live at the same time, and aligns all', () => {
    fc.assert(
      fc.property(fc.oneof(anyRequests, chains), (requests) => {
        expectValid(requests, planMemory(requests));
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it('reaches the rounded lower bound in every chain of layers', () => {
    fc.assert(
      fc.property(chains, (requests) => {
        expect(planMemory(requests).arenaBytes).toBeLessThanOrEqual(lowerBound(requests, true));
      }),
      { numRuns: 10 * propertyRuns },
    );
  });

  it('reaches it in long chains too', () => {
    fc.assert(
      fc.property(chainsOf(60, 60), (requests) => {
        expect(planMemory(requests).arenaBytes).toBeLessThanOrEqual(lowerBound(requests, true));
      }),
      { numRuns: propertyRuns / 10 },
    );
  });

  it('stays near the rounded lower bound where lifetimes overlap in any way', () => {
    fc.assert(
      fc.property(anyRequests, (requests) => {
        const bound = lowerBound(requests, true);
        expect(planMemory(requests).arenaBytes).toBeLessThanOrEqual(1.15 * bound);
      }),
      { numRuns: 3 * propertyRuns },
    );
  });

  it('gives the same plan for the same requests', () => {
    fc.assert(
      fc.property(anyRequests, (requests) => {
        expect(planMemory(requests)).toEqual(planMemory(structuredClone(requests)));
      }),
      { numRuns: propertyRuns },
    );
  });

  it('shares memory between buffers that never live together', () => {
    const plan = planMemory([
      { bytes: 100, firstLayer: 0, lastLayer: 0 },
      { bytes: 90, firstLayer: 1, lastLayer: 1 },
    ]);
    expect(plan.arenaBytes).toBeLessThanOrEqual(align(100));
  });

  it('takes no memory where nothing is asked for', () => {
    expect(planMemory([])).toEqual({ offsets: [], arenaBytes: 0 });
  });

  it('places empty buffers too', () => {
    const requests = [
      { bytes: 0, firstLayer: 0, lastLayer: 1 },
      { bytes: 5, firstLayer: 0, lastLayer: 1 },
    ];
    const plan = planMemory(requests);
    expectValid(requests, plan);
    expect(plan.arenaBytes).toBe(5);
  });
});
