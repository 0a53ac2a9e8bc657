import type { Graph } from '../graph/types.ts';
import type { KernelCall } from '../ops/op.ts';
import type { Layer } from '../ops/support/prepare.ts';
import { type Aliases, findAliases, piecesOf, type Sharing } from './aliases.ts';
import type { BufferDescription } from './description.ts';
import { liveBytes, lowerBound, planMemory, tensorAlignment } from './plan.ts';

/** The memory of a compiled model. */
export interface Arena {
  readonly arenaBytes: number;
  /** The largest sum, over the layers, of the tensors that are needed then and the layer's scratch. */
  readonly lowerBoundBytes: number;
  /** The layer with that sum; the first of them. */
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
 * Groups activation tensors into buffers ({@link findAliases}), adds each layer's scratch, and places all of them.
 */
export function planArena(
  graph: Graph,
  layers: readonly Layer[],
  calls: readonly (KernelCall | null)[],
): Arena {
  // What shares a buffer is fitted in together, which now and then costs more than it saves.
  let best: Arena | undefined;
  for (const sharing of sharings) {
    const arena = place(findAliases(graph, layers, calls, sharing), layers, calls);
    if (best === undefined || arena.arenaBytes < best.arenaBytes) best = arena;
    if (best.arenaBytes <= lowerBound(best.buffers, tensorAlignment)) break;
  }
  return best as Arena;
}

/** From the one with the lowest bound on. */
const sharings: readonly Sharing[] = [
  { pieces: true, ahead: true },
  { pieces: true, ahead: false },
  { pieces: false, ahead: false },
];

function place(
  { buffers: groups, elided }: Aliases,
  layers: readonly Layer[],
  calls: readonly (KernelCall | null)[],
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
  const { offsets, arenaBytes } = planMemory(requests);
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
  const lowerBoundBytes = Math.max(0, ...live);
  const peakLayer = Math.max(0, live.indexOf(lowerBoundBytes));
  return { arenaBytes, lowerBoundBytes, peakLayer, buffers, tensorOffsets, scratchOffsets, elided };
}
