import { createRandom } from '../random.ts';

/** Every buffer starts at a multiple of this: what v128 and double-word loads want. */
export const bufferAlignment = 16;

/** A piece of memory that is needed from one layer to another, both included. */
export interface BufferRequest {
  readonly bytes: number;
  readonly firstLayer: number;
  readonly lastLayer: number;
}

/** Where each buffer lies, and how many bytes the arena takes. */
export interface MemoryPlan {
  readonly offsets: readonly number[];
  readonly arenaBytes: number;
}

/** Rounds up to a multiple of the alignment. */
export function align(bytes: number, alignment: number = bufferAlignment): number {
  return Math.ceil(bytes / alignment) * alignment;
}

/**
 * The largest sum of buffers that are needed at one layer: the least that any plan can take, and with `rounded` (each
 * buffer up to its alignment) what a plan without gaps takes.
 */
export function lowerBound(requests: readonly BufferRequest[], rounded = false): number {
  const layers = Math.max(0, ...requests.map((request) => request.lastLayer + 1));
  let bound = 0;
  for (let layer = 0; layer < layers; layer++) {
    const alive = requests.filter((r) => r.firstLayer <= layer && layer <= r.lastLayer);
    bound = Math.max(
      bound,
      alive.reduce((sum, { bytes }) => sum + (rounded ? align(bytes) : bytes), 0),
    );
  }
  return bound;
}

/**
 * Places buffers so that those that live at the same time do not overlap and the arena is small. In a chain of layers
 * the rounded lower bound is always reached (neighbours lie at opposite ends). Beyond that several orders are tried, then
 * seeded random ones, until the lower bound is reached or the tries are used up. The same requests give the same plan.
 */
export function planMemory(requests: readonly BufferRequest[]): MemoryPlan {
  const bound = lowerBound(requests);
  const indices = requests.map((_, index) => index);
  const by = (key: (request: BufferRequest) => number) =>
    [...indices].sort((a, b) => key(at(requests, a)) - key(at(requests, b)) || a - b);
  const inTime = by((request) => request.firstLayer);
  const random = createRandom(1);
  const orders = [inTime, by((request) => -request.lastLayer)];
  let best = placeLowest(
    requests,
    by((request) => -request.bytes),
  );
  const consider = (plan: MemoryPlan | undefined): void => {
    if (plan !== undefined && plan.arenaBytes < best.arenaBytes) best = plan;
  };
  consider(placeAtEnds(requests, inTime, lowerBound(requests, true)));
  for (let attempt = 0; attempt < 200 && best.arenaBytes > bound; attempt++) {
    consider(placeLowest(requests, orders[attempt] ?? random.shuffle([...indices])));
  }
  return best;
}

function at<T>(items: readonly T[], index: number): T {
  return items[index] as T;
}

/** The free stretches [start, end) below `limit` for a buffer, given the ones that are placed. */
function gaps(
  requests: readonly BufferRequest[],
  offsets: readonly (number | undefined)[],
  index: number,
  limit: number,
): { readonly start: number; readonly end: number }[] {
  const { firstLayer, lastLayer } = at(requests, index);
  const taken = requests
    .map((request, other) => ({ request, offset: offsets[other] }))
    .filter(
      ({ request, offset }) =>
        offset !== undefined && request.firstLayer <= lastLayer && firstLayer <= request.lastLayer,
    )
    .map(({ request, offset }) => ({
      start: offset as number,
      end: (offset as number) + align(request.bytes),
    }))
    .sort((a, b) => a.start - b.start);
  const free: { start: number; end: number }[] = [];
  let start = 0;
  for (const piece of taken) {
    if (piece.start > start) free.push({ start, end: piece.start });
    start = Math.max(start, piece.end);
  }
  if (start < limit) free.push({ start, end: limit });
  return free;
}

function finish(
  requests: readonly BufferRequest[],
  offsets: readonly (number | undefined)[],
): MemoryPlan {
  const placed = requests.map((_, index) => offsets[index] as number);
  const ends = requests.map((request, index) => at(placed, index) + request.bytes);
  return { offsets: placed, arenaBytes: Math.max(0, ...ends) };
}

/** Each buffer, in this order, at the lowest place where it fits. */
function placeLowest(requests: readonly BufferRequest[], order: readonly number[]): MemoryPlan {
  const offsets: (number | undefined)[] = requests.map(() => undefined);
  for (const index of order) {
    const bytes = align(at(requests, index).bytes);
    const gap = gaps(requests, offsets, index, Number.MAX_SAFE_INTEGER).find(
      ({ start, end }) => end - start >= bytes,
    );
    offsets[index] = gap?.start ?? 0;
  }
  return finish(requests, offsets);
}

/**
 * Within `limit` bytes: buffers in order of time, by turns at the lowest and at the highest place. Those that live for
 * one layer only (scratch) come last, where room is left. Undefined where one does not fit.
 */
function placeAtEnds(
  requests: readonly BufferRequest[],
  inTime: readonly number[],
  limit: number,
): MemoryPlan | undefined {
  const isScratch = (index: number) =>
    at(requests, index).firstLayer === at(requests, index).lastLayer;
  const order = [
    ...inTime.filter((index) => !isScratch(index)),
    ...inTime.filter((index) => isScratch(index)),
  ];
  const offsets: (number | undefined)[] = requests.map(() => undefined);
  let low = true;
  for (const index of order) {
    const bytes = align(at(requests, index).bytes);
    const free = gaps(requests, offsets, index, limit).filter(
      ({ start, end }) => end - start >= bytes,
    );
    const gap = low ? free[0] : free[free.length - 1];
    if (gap === undefined) return undefined;
    offsets[index] = low ? gap.start : gap.end - bytes;
    low = !low;
  }
  return finish(requests, offsets);
}
