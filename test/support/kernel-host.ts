// Kernels for modules, compiled and run on this machine.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlacedCall } from '../../src/compile/link.ts';
import type { KernelSet } from '../../src/native/kernel-set.ts';
import { strictFlags } from './native-host.ts';

const headers = fileURLToPath(new URL('../../firmware/engine/kernels', import.meta.url));
const sanitizers = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

const bytesOf = (name: string, data: Uint8Array, isConstant: boolean) =>
  `static ${isConstant ? 'const ' : ''}uint8_t __attribute__((aligned(16))) ${name}[] = {${[...data].join()}};\n`;

/**
 * Makes calls one after another in a memory of exactly these bytes, with address and undefined behaviour checked. Returns the
 * status of each call, and the memory after them.
 */
export function callOnHost(
  set: KernelSet,
  calls: readonly PlacedCall[],
  memory: Uint8Array,
  weights: Uint8Array,
): { readonly statuses: readonly number[]; readonly memory: Uint8Array } {
  const names = [...set.kernels.keys()];
  const main = `#include <stdio.h>
#include "host_kernels.h"
${bytesOf('memory', memory, false)}${bytesOf('weights', weights, true)}
${calls.map(({ arguments: values }, index) => `static const uint32_t a${index}[] = {${values.map((value) => `${value >>> 0}u`).join()}};\n`).join('')}
int main(void) {
  const struct wick_place place = {memory, ${memory.length}u, weights, ${weights.length}u};
${calls.map(({ kernel }, index) => `  putchar(wick_run_host_kernel(&wick_host_kernels[${names.indexOf(kernel)}], a${index}, &place));\n`).join('')}  fwrite(memory, 1, sizeof memory, stdout);
  return 0;
}
`;
  const folder = mkdtempSync(join(tmpdir(), 'wick-kernels-'));
  try {
    for (const [name, text] of [...set.files, ['main.c', main] as const]) {
      writeFileSync(join(folder, name), text);
    }
    const flags = [...strictFlags, ...sanitizers, '-I', headers, '-I', '.'];
    execFileSync('gcc', [...flags, 'main.c', 'wick_kernels.c', '-o', 'program'], { cwd: folder });
    const output = new Uint8Array(execFileSync(join(folder, 'program'), { maxBuffer: 1 << 28 }));
    return { statuses: [...output.subarray(0, calls.length)], memory: output.slice(calls.length) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
