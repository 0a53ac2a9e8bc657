import binaryen from 'binaryen';
import type { LoadedModel } from '../../src/runtime/model.ts';

/** The readable text of a module. */
export function moduleText(bytes: Uint8Array): string {
  const module = binaryen.readBinary(bytes);
  const text = module.emitText();
  module.dispose();
  return text;
}

/** How many functions a module defines. */
export function functionCount(bytes: Uint8Array): number {
  return [...moduleText(bytes).matchAll(/^ \(func /gm)].length;
}

/** How many loops the functions of a module hold. */
export function loopCount(bytes: Uint8Array): number {
  return [...moduleText(bytes).matchAll(/\(loop\b/g)].length;
}

/** Each exported global of a module: its type, whether it is mutable, and its literal value. */
export function globalExports(
  bytes: Uint8Array,
): ReadonlyMap<
  string,
  { readonly type: string; readonly mutable: boolean; readonly init: string }
> {
  const module = binaryen.readBinary(bytes);
  const result = new Map<string, { type: string; mutable: boolean; init: string }>();
  for (let index = 0; index < module.getNumExports(); index++) {
    const { kind, name, value } = binaryen.getExportInfo(module.getExportByIndex(index));
    if (kind !== binaryen.ExternalGlobal) continue;
    const info = binaryen.getGlobalInfo(module.getGlobal(value));
    result.set(name, {
      type: info.type === binaryen.i32 ? 'i32' : 'another',
      mutable: info.mutable,
      init: binaryen.emitText(info.init),
    });
  }
  module.dispose();
  return result;
}

/** The value of an exported global. */
export function globalValue({ exports }: LoadedModel, name: string): number {
  return (exports as unknown as Record<string, WebAssembly.Global>)[name]?.value as number;
}
