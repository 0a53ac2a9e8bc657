import { describe, expect, it } from 'vitest';
import { createKernelMemory, ensureBytes, readKernels } from '../../../src/train/engine/kernels.ts';

describe('the training kernels', () => {
  it('are asked for by name where they have not been built', () => {
    const missing = new URL('./no-such-file.wasm', import.meta.url);
    expect(() => readKernels(missing)).toThrow(
      /dist\/kernels\/f32.wasm: .*missing; run `npm run build`/,
    );
  });

  it('get as much memory as they need, but not more than there can be', () => {
    const memory = createKernelMemory();
    ensureBytes(memory, 1_000_000);
    expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(1_000_000);
    expect(() => ensureBytes(memory, 2 ** 40)).toThrow(/at most 4 GiB.*smaller batch size/);
  });
});
