import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import binaryen from 'binaryen';
import { bindEmbeddedWeights } from '../../src/compile/bindings.ts';

const root = fileURLToPath(new URL('../../assembly', import.meta.url));
const entry = 'entry.ts';

/** A module of AssemblyScript: its functions over numbers, and its memory. */
export interface Assembly {
  readonly memory: WebAssembly.Memory;
  readonly call: Readonly<Record<string, (...args: number[]) => number>>;
}

/**
 * Compiles AssemblyScript that stands in the folder `assembly`, v128 included, with weights in linear memory: a way to
 * what the kernels have inlined. Throws where it does not compile.
 */
export async function compileAssembly(source: string): Promise<Assembly> {
  let bytes: Uint8Array | undefined;
  const options = [
    '--outFile',
    'entry.wasm',
    '--runtime',
    'stub',
    '--enable',
    'simd',
    '--noAssert',
  ];
  const { error, stderr } = await asc.main(
    [entry, ...options, '--initialMemory', '1', '--baseDir', root],
    {
      readFile: (name, folder) =>
        name === entry ? source : readFile(join(folder, name), 'utf8').catch(() => null),
      writeFile: (_, contents) => {
        if (typeof contents !== 'string') bytes = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || bytes === undefined) throw new Error(`${error}\n${stderr}`);
  const module = binaryen.readBinary(bytes);
  bindEmbeddedWeights(module);
  binaryen.setOptimizeLevel(2);
  module.optimize();
  const bound = new Uint8Array(module.emitBinary());
  module.dispose();
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bound), {});
  return {
    memory: exports.memory as WebAssembly.Memory,
    call: exports as unknown as Assembly['call'],
  };
}
