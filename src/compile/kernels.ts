import { readFileSync } from 'node:fs';
import { WickError } from '../errors.ts';
import type { Variant } from '../ops/op.ts';

const files: Record<Variant, string> = { scalar: 'int8.wasm', simd: 'int8.simd.wasm' };

/** The prebuilt module with every int8 kernel, weights not yet bound. */
export function readKernels(variant: Variant): Uint8Array {
  const url = new URL(`../../dist/kernels/${files[variant]}`, import.meta.url);
  try {
    return readFileSync(url);
  } catch {
    throw new WickError({
      what: `the prebuilt kernels ${files[variant]} are missing`,
      hint: "reinstall wick, or run 'npm run build' in its source folder",
    });
  }
}
