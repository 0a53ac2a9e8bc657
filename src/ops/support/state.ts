import type { State, StateTensor } from '../op.ts';

const arrays = { int8: Int8Array, int16: Int16Array } as const;

/** The bytes that a piece of state takes. */
export function stateByteLength({ dtype, length }: StateTensor): number {
  return length * arrays[dtype].BYTES_PER_ELEMENT;
}

/** The state of an op with its initial values. */
export function createState(tensors: readonly StateTensor[]): State {
  return tensors.map(({ dtype, length, initial }) => new arrays[dtype](length).fill(initial));
}

/** Sets the state of an op to its initial values. */
export function resetState(tensors: readonly StateTensor[], state: State): void {
  tensors.forEach(({ initial }, index) => {
    state[index]?.fill(initial);
  });
}
