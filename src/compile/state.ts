import type { Layer } from '../ops/support/prepare.ts';
import { stateByteLength } from '../ops/support/state.ts';
import { align } from './plan.ts';

/** A piece of state: where it lies from the start of the state on, its bytes with what fills them up, and its values. */
export interface StatePlace {
  readonly offset: number;
  readonly bytes: number;
  /** The initial value of each 32-bit word. */
  readonly word: number;
}

/** What a compiled model keeps from one inference to the next. */
export interface StatePlan {
  readonly stateBytes: number;
  /** Of each layer, the places of what it keeps. */
  readonly places: readonly (readonly StatePlace[])[];
}

/** Places the state of all layers one after another: it is always needed, so nothing shares memory with it. */
export function planState(layers: readonly Layer[]): StatePlan {
  let stateBytes = 0;
  const places = layers.map(({ state }) =>
    state.map((tensor) => {
      const offset = stateBytes;
      const bytes = align(stateByteLength(tensor));
      stateBytes += bytes;
      const { dtype, initial } = tensor;
      const word = dtype === 'int8' ? (initial & 0xff) * 0x01010101 : (initial & 0xffff) * 0x10001;
      return { offset, bytes, word: word | 0 };
    }),
  );
  return { stateBytes, places };
}
