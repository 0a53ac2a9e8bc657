// A model's C compiled and run on this machine.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ActivationData } from '../../src/graph/types.ts';
import type { NativeModel } from '../../src/native/model.ts';

/** What the C must compile with, and what finds accesses that should not be. */
export const strictFlags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-pedantic'] as const;
const sanitizers = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

const bytesOf = (data: ActivationData) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** Reads inputs for one inference after another from stdin, and writes what the outputs are. */
function driver({ inputs, outputs }: NativeModel): string {
  const reads = inputs.map(
    ({ bytes }, index) => `fread(wick_input(${index}), 1, ${bytes}, stdin) == ${bytes}`,
  );
  const writes = outputs.map(
    ({ bytes }, index) => `    fwrite(wick_output(${index}), 1, ${bytes}, stdout);`,
  );
  return `#include <stdio.h>
#include "wick_model.h"
int main(void) {
  if (wick_input(${inputs.length}) || wick_output(${outputs.length}) || wick_init()) return 2;
  while (${reads.join(' && ')}) {
    if (wick_infer()) return 3;
${writes.join('\n')}
  }
  return 0;
}
`;
}

/**
 * Compiles a model's C with gcc, with address and undefined behaviour checked, and runs it on inputs one after another, from
 * its initial state. Returns the bytes of all outputs, in order.
 */
export function runOnHost(
  model: NativeModel,
  samples: readonly (readonly ActivationData[])[],
): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'wick-native-'));
  try {
    const files = new Map([...model.files, ['driver.c', driver(model)]]);
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of files) writeFileSync(join(folder, name), text);
    const sources = [...files.keys()].filter((name) => name.endsWith('.c'));
    const program = join(folder, 'program');
    execFileSync('gcc', [...strictFlags, ...sanitizers, ...sources, '-o', program], {
      cwd: folder,
    });
    const input = Buffer.concat(samples.flat().map(bytesOf));
    return new Uint8Array(execFileSync(program, { input, maxBuffer: 1 << 28 }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
