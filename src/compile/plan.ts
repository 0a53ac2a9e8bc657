import { largestOf, smallestOf } from '../extremes.ts';
import { createRandom } from '../random.ts';
import { at } from './at.ts';

/** Every tensor and scratch memory starts at a multiple of this: what loads of words and double words want on Arm. */
export const tensorAlignment = 4;

/** What starts at a multiple of this where the arena gets no larger by it: loads of v128 then stay in one cache line. */
export const wideAlignment = 16;

/** A piece of memory that is needed from one layer to another, both included. */
export interface BufferRequest {
  readonly bytes: number;
  readonly firstLayer: number;
  readonly lastLayer: number;
}

/** A part of a buffer: some of its bytes, from `offset` on, in some layers. */
export interface Piece extends BufferRequest {
  readonly offset: number;
}

/** Where each buffer lies, and how many bytes the arena takes. */
export interface MemoryPlan {
  readonly offsets: readonly number[];
  readonly arenaBytes: number;
}

/** Rounds up to a multiple of the alignment. */
export function align(bytes: number, alignment: number = wideAlignment): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/** The bytes that each layer needs: those of all pieces that are needed then, each rounded up to the alignment. */
export function liveBytes(requests: readonly BufferRequest[], alignment = 1): number[] {
  const layers = largestOf(
    requests.map(({ lastLayer }) => lastLayer + 1),
    0,
  );
  const live = new Array<number>(layers).fill(0);
  for (const { bytes, firstLayer, lastLayer } of requests) {
    const rounded = align(bytes, alignment);
    for (let layer = firstLayer; layer <= lastLayer; layer++)
      live[layer] = at(live, layer) + rounded;
  }
  return live;
}

/**
 * The largest sum of what is needed at one layer: the least that any plan can take, and with an alignment what a plan
 * without gaps takes.
 */
export function lowerBound(requests: readonly BufferRequest[], alignment = 1): number {
  return largestOf(liveBytes(requests, alignment), 0);
}

/**
 * Places buffers so that those of their pieces that are needed at the same time do not overlap and the arena is small.
 * In a chain of layers, where each buffer is one piece, the rounded lower bound is always reached (neighbours lie at
 * opposite ends). Beyond that several orders are tried (by size, by lifetime, by time), then seeded random ones, until the
 * lower bound is reached or the tries are used up. The same buffers give the same plan.
 */
export function planMemory(buffers: readonly (readonly Piece[])[], tries = 200): MemoryPlan {
  const wide = planAligned(buffers, wideAlignment, tries);
  const longest = largestOf(
    buffers.map((pieces) => extentOf(pieces).bytes),
    0,
  );
  const bound = Math.max(longest, lowerBound(buffers.flat(), tensorAlignment));
  if (wide.arenaBytes <= bound) return wide;
  const narrow = planAligned(buffers, tensorAlignment, tries);
  return narrow.arenaBytes < wide.arenaBytes ? narrow : wide;
}

/** What is known of a buffer as a whole. */
interface Extent extends BufferRequest {
  readonly pieces: readonly Piece[];
  /** The numbers of the buffers, this one among them, that are needed at some time when it is. */
  readonly neighbours: readonly number[];
}

function planAligned(
  buffers: readonly (readonly Piece[])[],
  alignment: number,
  tries: number,
): MemoryPlan {
  const all = buffers.flat();
  const extents = withNeighbours(buffers.map(extentOf));
  const bound = largestOf(
    extents.map(({ bytes }) => bytes),
    lowerBound(all),
  );
  const indices = buffers.map((_, index) => index);
  const by = (key: (extent: Extent) => number) =>
    [...indices].sort((a, b) => key(at(extents, a)) - key(at(extents, b)) || a - b);
  const inTime = by(({ firstLayer }) => firstLayer);
  const lifetime = ({ firstLayer, lastLayer }: Extent) => lastLayer - firstLayer + 1;
  const random = createRandom(1);
  const orders = [
    by((extent) => -lifetime(extent)),
    by((extent) => -lifetime(extent) * extent.bytes),
    inTime,
    by(({ lastLayer }) => -lastLayer),
  ];
  let best = placeLowest(
    extents,
    by(({ bytes }) => -bytes),
    alignment,
  );
  const consider = (plan: MemoryPlan | undefined): void => {
    if (plan !== undefined && plan.arenaBytes < best.arenaBytes) best = plan;
  };
  const limit = align(lowerBound(all, alignment), alignment);
  consider(placeAtEnds(extents, inTime, limit, alignment));
  for (let attempt = 0; attempt < tries && best.arenaBytes > bound; attempt++) {
    consider(placeLowest(extents, orders[attempt] ?? random.shuffle([...indices]), alignment));
  }
  return best;
}

const together = (a: BufferRequest, b: BufferRequest) =>
  a.firstLayer <= b.lastLayer && b.firstLayer <= a.lastLayer;

/** Finds the neighbours once: of many layers most never meet, and each placement would look at all of them again. */
function withNeighbours(extents: readonly Omit<Extent, 'neighbours'>[]): readonly Extent[] {
  const needed: number[][] = [];
  extents.forEach(({ firstLayer, lastLayer }, index) => {
    for (let layer = firstLayer; layer <= lastLayer; layer++) {
      needed[layer] = [...(needed[layer] ?? []), index];
    }
  });
  return extents.map((extent) => {
    const met = needed.slice(extent.firstLayer, extent.lastLayer + 1).flat();
    return { ...extent, neighbours: [...new Set(met)].sort((a, b) => a - b) };
  });
}

function extentOf(pieces: readonly Piece[]): Omit<Extent, 'neighbours'> {
  return {
    pieces,
    bytes: largestOf(
      pieces.map(({ offset, bytes }) => offset + bytes),
      0,
    ),
    firstLayer: smallestOf(pieces.map(({ firstLayer }) => firstLayer)),
    lastLayer: largestOf(pieces.map(({ lastLayer }) => lastLayer)),
  };
}

/** Addresses between which, both excluded, a buffer must not start, as a piece of it would meet one that is placed. */
interface Forbidden {
  readonly above: number;
  readonly below: number;
}

function forbiddenStarts(
  extents: readonly Extent[],
  offsets: readonly (number | undefined)[],
  index: number,
): Forbidden[] {
  const own = at(extents, index);
  return own.neighbours.flatMap((other) => {
    const start = offsets[other];
    if (start === undefined) return [];
    return at(extents, other).pieces.flatMap((placed) =>
      own.pieces
        .filter((piece) => piece.bytes > 0 && placed.bytes > 0 && together(piece, placed))
        .map((piece) => ({
          above: start + placed.offset - piece.offset - piece.bytes,
          below: start + placed.offset + placed.bytes - piece.offset,
        })),
    );
  });
}

function finish(extents: readonly Extent[], offsets: readonly (number | undefined)[]): MemoryPlan {
  const placed = extents.map((_, index) => offsets[index] as number);
  const ends = extents.map(({ bytes }, index) => at(placed, index) + bytes);
  return { offsets: placed, arenaBytes: largestOf(ends, 0) };
}

/** The lowest address at which a buffer may start. */
function lowestStart(forbidden: readonly Forbidden[], alignment: number): number {
  let start = 0;
  for (const { above, below } of [...forbidden].sort((a, b) => a.above - b.above)) {
    if (above < start && start < below) start = align(below, alignment);
  }
  return start;
}

/** The highest address at which a buffer may start that ends at `limit` at the latest; negative where there is none. */
function highestStart(
  forbidden: readonly Forbidden[],
  bytes: number,
  limit: number,
  alignment: number,
): number {
  const down = (address: number) => Math.floor(address / alignment) * alignment;
  let start = down(limit - bytes);
  for (const { above, below } of [...forbidden].sort((a, b) => b.below - a.below)) {
    if (above < start && start < below) start = down(above);
  }
  return start;
}

/** Each buffer, in this order, at the lowest place where it fits. */
function placeLowest(
  extents: readonly Extent[],
  order: readonly number[],
  alignment: number,
): MemoryPlan {
  const offsets: (number | undefined)[] = extents.map(() => undefined);
  for (const index of order) {
    offsets[index] = lowestStart(forbiddenStarts(extents, offsets, index), alignment);
  }
  return finish(extents, offsets);
}

/**
 * Within `limit` bytes: buffers in order of time, by turns at the lowest and at the highest place. Those that live for
 * one layer only (scratch) come last, where room is left. Undefined where one does not fit.
 */
function placeAtEnds(
  extents: readonly Extent[],
  inTime: readonly number[],
  limit: number,
  alignment: number,
): MemoryPlan | undefined {
  const isScratch = (index: number) =>
    at(extents, index).firstLayer === at(extents, index).lastLayer;
  const order = [
    ...inTime.filter((index) => !isScratch(index)),
    ...inTime.filter((index) => isScratch(index)),
  ];
  const offsets: (number | undefined)[] = extents.map(() => undefined);
  let low = true;
  for (const index of order) {
    const { bytes } = at(extents, index);
    const forbidden = forbiddenStarts(extents, offsets, index);
    const start = low
      ? lowestStart(forbidden, alignment)
      : highestStart(forbidden, bytes, limit, alignment);
    if (start < 0 || start + bytes > limit) return undefined;
    offsets[index] = start;
    low = !low;
  }
  return finish(extents, offsets);
}
