import type { KernelCall } from '../op.ts';

/**
 * The kernel call of an op that is a function of one int8: a table of its 256 values, in the order of the byte's unsigned
 * value, made by the op's reference.
 */
export function lowerTable(count: number, compute: (input: Int8Array) => Int8Array): KernelCall {
  const table = compute(Int8Array.from({ length: 256 }, (_, byte) => byte));
  return {
    kernel: 'lookup',
    arguments: [{ input: 0 }, { weights: 0 }, { output: 0 }, count],
    weights: new Uint8Array(table.buffer),
    scratchBytes: 0,
    readByValue: [0],
  };
}
