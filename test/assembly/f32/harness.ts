import * as fc from 'fast-check';
import { expect } from 'vitest';
import { createRandom } from '../../../src/random.ts';
import {
  createKernelMemory,
  ensureBytes,
  instantiateKernels,
} from '../../../src/train/engine/kernels.ts';
import {
  type ParameterLayout,
  packParameter,
  parameterBytes,
  unpackParameter,
} from '../../../src/train/engine/parameters.ts';

const memory = createKernelMemory();
ensureBytes(memory, 2 ** 23);

/** The training kernels, called with plain arrays. */
export const kernels = instantiateKernels(memory);

/** Numbers after each buffer that kernels may read but not write, and whose values must not reach a result. */
const guardLength = 16;
const start = Math.ceil(kernels.heapBase() / 64) * 64;
let end = start;
let guards: number[] = [];

/** Frees all buffers. */
export function reset(): void {
  end = start;
  guards = [];
}

/** Puts numbers into the kernels' memory and returns their address. */
export function place(values: ArrayLike<number>): number {
  const address = end;
  const bytes = values.length * 4;
  end += Math.ceil((bytes + guardLength * 4) / 64) * 64;
  new Float32Array(memory.buffer, address, values.length).set(values);
  new Float32Array(memory.buffer, address + bytes, guardLength).fill(Number.NaN);
  guards.push(address + bytes);
  return address;
}

/** A buffer full of NaN, which a kernel must overwrite. */
export function room(length: number): number {
  return place(new Float32Array(length).fill(Number.NaN));
}

/** The numbers at an address. Fails where a kernel has written beyond any buffer. */
export function read(address: number, length: number): Float32Array {
  for (const guard of guards) {
    const values = new Float32Array(memory.buffer, guard, guardLength);
    expect(values.every(Number.isNaN), 'numbers beyond a buffer are as before').toBe(true);
  }
  return new Float32Array(memory.buffer, address, length).slice();
}

/** The bytes at an address. */
export function bytesAt(address: number, length: number): Uint8Array {
  return new Uint8Array(memory.buffer, address, length);
}

/** Puts a parameter into memory, in the kernels' layout. */
export function placeParameter(layout: ParameterLayout, values: Float32Array): number {
  const panels = new Float32Array(parameterBytes(layout) / 4);
  packParameter(layout, values, panels);
  return place(panels);
}

/** Reads a parameter back. Fails where the columns that fill up a panel are no longer zero. */
export function readParameter(layout: ParameterLayout, address: number): Float32Array {
  const panels = read(address, parameterBytes(layout) / 4);
  const values = unpackParameter(layout, panels);
  const repacked = new Float32Array(panels.length);
  packParameter(layout, values, repacked);
  expect(panels).toEqual(repacked);
  return values;
}

/** Random numbers in [-1, 1). */
export function noise(length: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length }, () => 2 * random.uniform() - 1);
}

/**
 * Equal within 1e-4 of the largest magnitude: what summing in another order in f32 may change.
 *
 * @param terms the magnitude of what is added or subtracted, where the sums may be much smaller than their terms
 */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  terms = 1e-3,
): void {
  expect(actual.length).toBe(expected.length);
  const largest = Array.from(expected).reduce(
    (most, value) => Math.max(most, Math.abs(value)),
    terms,
  );
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs((actual[i] as number) - (expected[i] as number));
    if (!(difference <= 1e-4 * largest)) {
      expect.fail(`index ${i}: ${actual[i]} instead of ${expected[i]}`);
    }
  }
}

/** The seed of a property's random numbers. */
export const anySeed = fc.integer({ min: 0, max: 2 ** 31 });
