import { describe, expect, it } from 'vitest';
import { createKernelMemory, ensureBytes } from '../../../src/train/engine/kernels.ts';

describe('the training kernels', () => {
  it('get as much memory as they need, but not more than there can be', () => {
    const memory = createKernelMemory();
    ensureBytes(memory, 1_000_000);
    expect(memory.buffer.byteLength).toBeGreaterThanOrEqual(1_000_000);
    expect(() => ensureBytes(memory, 2 ** 40)).toThrow(/at most 4 GiB.*smaller batch size/);
  });
});
