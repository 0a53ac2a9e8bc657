import type { ModuleDescription } from '../compile/description.ts';
import { WickError } from '../errors.ts';
import { pageBytes } from './sections.ts';

/** The imports of a module, and what is to be done once its memory is there. */
interface WeightImports {
  readonly imports: WebAssembly.Imports;
  connect(memory: WebAssembly.Memory): void;
}

/** A module with two memories, which an engine takes that can have more than one. */
const twoMemories = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 5, 2, 0, 1, 0, 1);

/** Whether this engine takes modules with more than one memory, which weights by xip need. */
export const hasMultiMemory = (): boolean => WebAssembly.validate(twoMemories);

/**
 * What a module imports to get at its weights, from the contents of weights.bin. Throws a WickError where these are
 * missing or not the module's, or where the engine cannot run such a module.
 */
export async function importWeights(
  { weights: binding, weightsFile }: ModuleDescription,
  weights: Uint8Array | undefined,
  where: string,
): Promise<WeightImports> {
  if (binding === 'embedded') return { imports: {}, connect() {} };
  if (binding === 'xip' && !hasMultiMemory()) {
    throw new WickError({
      what: 'this engine has no multi-memory, which weights by xip need',
      where,
      hint: 'run it on Node 22 or later, or compile the model with --weights embedded',
    });
  }
  if (weights === undefined) {
    throw new WickError({
      what: `module has its weights elsewhere (${binding})`,
      where,
      expected: 'weights.bin with it',
      received: 'the module alone',
      hint: "'wick compile' writes both into one folder: keep them together",
    });
  }
  if (weightsFile === undefined || weightsFile.bytes !== weights.length) {
    throw differing(where, `${weightsFile?.bytes ?? 0} bytes`, `${weights.length}`);
  }
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(weights));
  const sha256 = Array.from(new Uint8Array(digest), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
  if (sha256 !== weightsFile.sha256) {
    throw differing(where, `SHA-256 ${weightsFile.sha256}`, sha256);
  }
  return binding === 'xip' ? inPlace(weights) : streaming(weights, where);
}

function differing(where: string, expected: string, received: string): WickError {
  return new WickError({
    what: 'weights.bin is not that of the module',
    where,
    expected,
    received,
    hint: 'module and weights belong together: compile the model again',
  });
}

function inPlace(weights: Uint8Array): WeightImports {
  const pages = Math.max(1, Math.ceil(weights.length / pageBytes));
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  new Uint8Array(memory.buffer).set(weights);
  return { imports: { wick: { weights: memory } }, connect() {} };
}

function streaming(weights: Uint8Array, where: string): WeightImports {
  let memory: WebAssembly.Memory | undefined;
  const read_weights = (dst: number, offset: number, len: number): void => {
    // Wasm has no unsigned numbers of its own.
    const [address, from, bytes] = [dst >>> 0, offset >>> 0, len >>> 0];
    const room = memory?.buffer.byteLength ?? 0;
    if (memory === undefined || from + bytes > weights.length || address + bytes > room) {
      throw new WickError({
        what: 'module reads weights that there are not, or to where it has no memory',
        where,
        expected: `at most ${weights.length} bytes of weights and ${room} of memory`,
        received: `${bytes} bytes from ${from} on, to address ${address}`,
      });
    }
    new Uint8Array(memory.buffer, address, bytes).set(weights.subarray(from, from + bytes));
  };
  return {
    imports: { wick: { read_weights } },
    connect(connected) {
      memory = connected;
    },
  };
}
