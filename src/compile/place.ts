import { at } from './at.ts';
import type { LaidOut } from './lay-out.ts';
import { concatenateWeights, type PlacedCall, type PlacedState, placeCalls } from './link.ts';
import { align } from './plan.ts';

/** A model's memory and weights, which lie apart from it and start at address 0 of their own. */
export interface Placed {
  readonly calls: readonly (PlacedCall | null)[];
  readonly weights: Uint8Array;
  readonly state: readonly PlacedState[];
  /** Arena and state: all that the model writes to. */
  readonly memoryBytes: number;
}

/** Places a model whose weights do not lie in its memory. */
export function placeApart({ layers, calls, arena, state }: LaidOut): Placed {
  const { bytes: weights, offsets } = concatenateWeights(calls);
  const stateStart = align(arena.arenaBytes);
  const address = (name: string) => arena.tensorOffsets.get(name) as number;
  return {
    calls: placeCalls(calls, {
      inputs: (layer, index) => address(at(at(layers, layer).activations, index).name),
      outputs: (layer, index) => address(at(at(layers, layer).context.outputs, index).name),
      scratch: (layer) => at(arena.scratchOffsets, layer),
      weights: (layer) => at(offsets, layer),
      state: (layer, index) => stateStart + at(at(state.places, layer), index).offset,
    }),
    weights,
    state: state.places
      .flat()
      .map(({ offset, bytes, word }) => ({ address: stateStart + offset, bytes, word })),
    memoryBytes: Math.max(
      state.stateBytes > 0 ? stateStart + state.stateBytes : arena.arenaBytes,
      1,
    ),
  };
}
