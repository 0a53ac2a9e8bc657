import binaryen from 'binaryen';
import { pageBytes, readSections } from '../runtime/sections.ts';

/** The import module under which kernels ask for their weights (assembly/weights.ts). */
const weightsModule = 'weights';

/** The import module of what a linked module asks of its host, and the memory that is one of these. */
const hostModule = 'wick';
const weightsMemory = 'weights';

/** What an accessor becomes: what it reads at an address, given by the address plus the offset of the accessor's call. */
export type Access = (
  module: binaryen.Module,
  address: binaryen.ExpressionRef,
) => binaryen.ExpressionRef;

/** A load for each accessor, from the module's only memory or the one that is named. */
export const loads = (memory?: string): Readonly<Record<string, Access>> => ({
  load8: (module, address) => module.i32.load8_s(0, 1, address, memory),
  load32: (module, address) => module.i32.load(0, 4, address, memory),
  load8x8: (module, address) => module.v128.load8x8_s(0, 1, address, memory),
  load128: (module, address) => module.v128.load(0, 16, address, memory),
});

/** The imported weight accessors of the kernels: internal names and what they are called in assembly/weights.ts. */
export function weightAccessors(
  module: binaryen.Module,
): readonly { readonly name: string; readonly load: string }[] {
  return Array.from({ length: module.getNumFunctions() }, (_, index) =>
    binaryen.getFunctionInfo(module.getFunctionByIndex(index)),
  ).flatMap(({ name, module: from, base }) =>
    from === weightsModule && base !== null ? [{ name, load: base }] : [],
  );
}

/** Replaces the imported weight accessors by loads from the module's own memory. */
export function bindEmbeddedWeights(module: binaryen.Module): void {
  bindAccessors(module, loads());
}

/**
 * Replaces the imported weight accessors by loads from a second memory, the import `wick.weights`. Addresses are offsets
 * into weights.bin. The module's own memory has to be defined already: defining it drops every other.
 */
export function bindWeightsInPlace(module: binaryen.Module): void {
  module.addMemoryImport(weightsMemory, hostModule, weightsMemory);
  bindAccessors(module, loads(weightsMemory));
}

function bindAccessors(module: binaryen.Module, access: Readonly<Record<string, Access>>): void {
  for (const { name, load } of weightAccessors(module)) {
    const { params, results } = binaryen.getFunctionInfo(module.getFunction(name));
    const { i32, local } = module;
    const address = i32.add(local.get(0, binaryen.i32), local.get(1, binaryen.i32));
    const body = (access[load] as Access)(module, address);
    module.removeFunction(name);
    module.addFunction(name, params, results, [], body);
  }
}

/**
 * A module of {@link bindWeightsInPlace} whose imported memory has as many pages as its weights want at least, and no
 * limit: Binaryen imports memories of 0 to 65,536 pages, and engines then refuse one that may grow for ever.
 */
export function withWeightsPages(bytes: Uint8Array, weightsBytes: number): Uint8Array {
  const importSection = 2;
  const name = (text: string) => [text.length, ...new TextEncoder().encode(text)];
  const memoryKind = 2;
  const withoutMaximum = 0;
  const pages = leb128(Math.max(1, Math.ceil(weightsBytes / pageBytes)));
  const content = [
    1,
    ...name(hostModule),
    ...name(weightsMemory),
    memoryKind,
    withoutMaximum,
    ...pages,
  ];
  let start = 8;
  for (const { id, totalBytes } of readSections(bytes, 'linked module')) {
    if (id === importSection) {
      const section = [importSection, ...leb128(content.length), ...content];
      const result = new Uint8Array(bytes.length - totalBytes + section.length);
      result.set(bytes.subarray(0, start));
      result.set(section, start);
      result.set(bytes.subarray(start + totalBytes), start + section.length);
      return result;
    }
    start += totalBytes;
  }
  // A model without weights imports nothing.
  return bytes;
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [128 | (value & 127), ...leb128(value >>> 7)];
}

/**
 * Replaces the memory that the kernels import by one of the module's own, exported as `memory`: `pages` pages that
 * hold `data` at `address`.
 */
export function defineMemory(
  module: binaryen.Module,
  pages: number,
  data: { readonly address: number; readonly bytes: Uint8Array },
): void {
  const exported = binaryen.getExportInfo(module.getExport('memory'));
  const segments =
    data.bytes.length === 0 ? [] : [{ offset: module.i32.const(data.address), data: data.bytes }];
  // Loads and stores name the memory that they mean, so the new one takes the old one's name.
  module.removeExport('memory');
  module.setMemory(pages, pages, 'memory', segments, false, false, exported.value);
}
