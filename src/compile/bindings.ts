import binaryen from 'binaryen';

/** The import module under which kernels ask for their weights (assembly/weights.ts). */
const weightsModule = 'weights';

/** What each accessor becomes when weights lie in linear memory: a load at address plus offset. */
const embedded: Record<
  string,
  (module: binaryen.Module, address: binaryen.ExpressionRef) => binaryen.ExpressionRef
> = {
  load8: (module, address) => module.i32.load8_s(0, 1, address),
  load32: (module, address) => module.i32.load(0, 4, address),
  load8x8: (module, address) => module.v128.load8x8_s(0, 1, address),
  load128: (module, address) => module.v128.load(0, 16, address),
};

/** Replaces the imported weight accessors by loads from the module's own memory. */
export function bindEmbeddedWeights(module: binaryen.Module): void {
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const info = binaryen.getFunctionInfo(module.getFunctionByIndex(index));
    const load = info.module === weightsModule ? embedded[info.base ?? ''] : undefined;
    if (load === undefined) continue;
    const { i32, local } = module;
    const address = i32.add(local.get(0, binaryen.i32), local.get(1, binaryen.i32));
    const body = load(module, address);
    module.removeFunction(info.name);
    module.addFunction(info.name, info.params, info.results, [], body);
    index = -1;
  }
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
