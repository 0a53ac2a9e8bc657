import { readFileSync } from 'node:fs';
import { messageOf, WickError } from './errors.ts';

/** The prebuilt kernels, compiled from `assembly` when wick is built. */
export type KernelFile = 'int8.wasm' | 'int8.simd.wasm' | 'f32.wasm';

/** Reads prebuilt kernels. Throws a WickError where they are missing. */
export function readKernelFile(file: KernelFile): Uint8Array {
  const url = new URL(`../dist/kernels/${file}`, import.meta.url);
  try {
    return readFileSync(url);
  } catch (error) {
    throw new WickError({
      what: `the prebuilt kernels ${file} cannot be read`,
      received: messageOf(error),
      hint: "reinstall wick, or run 'npm run build' in its source folder",
    });
  }
}
