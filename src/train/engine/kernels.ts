import { instantiateSync } from '@assemblyscript/loader';
import { WickError } from '../../errors.ts';
import { readKernelFile } from '../../kernels.ts';
import { pageBytes } from '../../runtime/sections.ts';
import type { KernelName } from './kernel-names.generated.ts';

/** The training kernels over one memory. Addresses are byte offsets into it. */
export type Kernels = { readonly [name in KernelName]: (...values: number[]) => number };

/** An empty memory for {@link instantiateKernels}. */
export function createKernelMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1 });
}

/** Grows a memory until it holds this many bytes. Throws a WickError where the host cannot. */
export function ensureBytes(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing <= 0) return;
  try {
    memory.grow(Math.ceil(missing / pageBytes));
  } catch {
    throw new WickError({
      what: 'training needs too much memory',
      expected: 'at most 4 GiB',
      received: `${Math.ceil(bytes / 2 ** 20)} MiB`,
      hint: 'use a smaller batch size',
    });
  }
}

let binary: Uint8Array | undefined;

/** Instantiates the training kernels over a memory. Throws a WickError where they are missing. */
export function instantiateKernels(memory: WebAssembly.Memory): Kernels {
  binary ??= readKernelFile('f32.wasm');
  return instantiateSync<Kernels>(binary, { env: { memory } }).exports;
}
