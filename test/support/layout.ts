import { align } from '../../src/compile/plan.ts';

/** Places one piece of memory behind another, from an address on, each aligned and followed by `gap` bytes. */
export function createLayout(from: number, gap = 0) {
  let end = from;
  return {
    /** The address of the next `bytes`. */
    reserve(bytes: number): number {
      const address = end;
      end = align(address + bytes) + gap;
      return address;
    },
    /** Where the last piece ends. */
    end: () => end,
  };
}
