import { largestOf } from '../extremes.ts';
import type { Graph } from '../graph/types.ts';
import type { KernelCall } from '../ops/op.ts';
import type { Layer } from '../ops/support/prepare.ts';
import { type Aliases, findAliases, piecesOf, type Sharing } from './aliases.ts';
import type { BufferDescription } from './description.ts';
import { liveBytes, planMemory } from './plan.ts';

/** The memory of a compiled model. */
export interface Arena {
  readonly arenaBytes: number;
  /**
   * The largest sum, over the layers, of the tensors that are needed then and the layer's scratch, or the longest stretch
   * of tensors that overwrite each other, if that is more.
   */
  readonly lowerBoundBytes: number;
  /** The layer with the largest sum; the first of them. */
  readonly peakLayer: number;
  readonly buffers: readonly BufferDescription[];
  /** The arena offset of each activation tensor; tensors that share memory may share an offset. */
  readonly tensorOffsets: ReadonlyMap<string, number>;
  /** The arena offset of each layer's scratch memory; -1 where it has none. */
  readonly scratchOffsets: readonly number[];
  /** Of each layer, whether its outputs lie where they belong without a kernel. */
  readonly elided: readonly boolean[];
}

/**
 * Groups activation tensors into buffers ({@link findAliases}), adds each layer's scratch, and places all of them. What
 * shares a buffer is fitted in together, which may cost more than it saves: the more so where outputs start ahead of their
 * inputs, one ahead of another. So that is tried for the layers alone that would need more than some size without it, for
 * each size that a layer needs, and the smallest arena is taken.
 */
export function planArena(
  graph: Graph,
  layers: readonly Layer[],
  calls: readonly (KernelCall | null)[],
): Arena {
  const hasFloats = [...graph.tensors.values()].some(({ dtype }) => dtype === 'float32');
  const candidates = (hasFloats ? [true, false] : [true]).flatMap((types) => {
    const plan = (sharing: Omit<Sharing, 'types'>, tries?: number) =>
      place(findAliases(graph, layers, calls, { ...sharing, types }), layers, calls, tries);
    const nowhere = () => false;
    const apart = plan({ pieces: true, ahead: nowhere });
    const needs = liveBytes(apart.buffers);
    const sizes = [...new Set(needs)].sort((a, b) => b - a).slice(1);
    const above = (size: number) => ({
      pieces: true,
      ahead: (layer: number) => (needs[layer] ?? 0) > size,
    });
    const tried = [...sizes, 0].map((size) => ({ size, arena: plan(above(size), fewTries) }));
    const best = tried.reduce((a, b) => (b.arena.arenaBytes < a.arena.arenaBytes ? b : a));
    return [apart, plan(above(best.size)), plan({ pieces: false, ahead: nowhere })];
  });
  return candidates.reduce((a, b) => (b.arenaBytes < a.arenaBytes ? b : a));
}

/** Placements tried where only the best of several groupings is asked for. */
const fewTries = 8;

function place(
  { buffers: groups, elided }: Aliases,
  layers: readonly Layer[],
  calls: readonly (KernelCall | null)[],
  tries?: number,
): Arena {
  const tensors = groups.map((members) =>
    piecesOf(members).map((piece) => ({ ...piece, kind: 'tensor' as const })),
  );
  const scratch = calls.flatMap((call, layer) => {
    if (call === null || elided[layer] || call.scratchBytes === 0) return [];
    const name = `${(layers[layer] as Layer).context.name} scratch`;
    const { scratchBytes: bytes } = call;
    return [
      { name, kind: 'scratch' as const, offset: 0, bytes, firstLayer: layer, lastLayer: layer },
    ];
  });
  const requests = [...tensors, ...scratch.map((piece) => [piece])];
  const { offsets, arenaBytes } = planMemory(requests, tries);
  const tensorOffsets = new Map(
    groups.flatMap((members, index) =>
      members.map(({ name, offset }) => [name, (offsets[index] as number) + offset] as const),
    ),
  );
  const scratchOffsets = layers.map(() => -1);
  scratch.forEach(({ firstLayer }, index) => {
    scratchOffsets[firstLayer] = offsets[groups.length + index] as number;
  });
  const buffers = requests.flatMap((pieces, index) =>
    pieces.map(({ name, kind, offset, bytes, firstLayer, lastLayer }) => ({
      name,
      kind,
      offset: (offsets[index] as number) + offset,
      bytes,
      firstLayer,
      lastLayer,
    })),
  );
  const live = liveBytes(buffers);
  const most = largestOf(live, 0);
  const peakLayer = Math.max(0, live.indexOf(most));
  const longest = requests.flatMap((pieces) => pieces.map(({ offset, bytes }) => offset + bytes));
  const lowerBoundBytes = largestOf(longest, most);
  return { arenaBytes, lowerBoundBytes, peakLayer, buffers, tensorOffsets, scratchOffsets, elided };
}
