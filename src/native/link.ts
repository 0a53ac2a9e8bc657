import binaryen from 'binaryen';
import { callsIn, copyFunction, targetOf } from '../compile/calls.ts';
import { kernelFiles } from '../compile/link.ts';
import { readKernelFile } from '../kernels.ts';
import type { KernelArgument, KernelCall } from '../ops/op.ts';

/** The kernels of a model for a C compiler. */
export interface NativeModule {
  /** Exports a function for each of {@link functions}; imports weight accessors and memory. */
  readonly wasm: Uint8Array;
  readonly functions: readonly NativeFunction[];
  /** The index of each call's function, undefined where there is no call. */
  readonly functionOf: readonly (number | undefined)[];
}

/** A kernel for one shape. All of its parameters are i32. */
export interface NativeFunction {
  readonly name: string;
  readonly kernel: string;
  /** Of the first call that takes it. Those that are numbers are known inside: what is passed for them is ignored. */
  readonly arguments: readonly KernelArgument[];
}

/**
 * A module with one function for each kernel and shape of the calls. Numbers become constants, addresses stay parameters, so
 * that layers of one shape share the code. Weight accessors stay imports and nothing is optimized: the C compiler binds the
 * ones and does the other.
 */
export function linkNative(calls: readonly (KernelCall | null)[]): NativeModule {
  const functions = new Map<string, NativeFunction & { readonly index: number }>();
  const functionOf = calls.map((call) => {
    if (call === null) return undefined;
    const key = shapeKey(call);
    const known = functions.get(key);
    if (known !== undefined) return known.index;
    const index = functions.size;
    const { kernel, arguments: values } = call;
    functions.set(key, { name: `layer_${index}`, kernel, arguments: values, index });
    return index;
  });
  const distinct = [...functions.values()];
  return { wasm: specialize(distinct), functions: distinct, functionOf };
}

/** What calls have in common that can share a function: the kernel, its numbers, and which parameters are addresses. */
function shapeKey({ kernel, arguments: values }: KernelCall): string {
  return [kernel, ...values.map((value) => (typeof value === 'number' ? value : '&'))].join(' ');
}

function specialize(functions: readonly NativeFunction[]): Uint8Array {
  const module = binaryen.readBinary(readKernelFile(kernelFiles.scalar));
  try {
    const internalName = (kernel: string) => binaryen.getExportInfo(module.getExport(kernel)).value;
    const kernels = functions.map(({ kernel }) => internalName(kernel));
    for (let index = module.getNumExports() - 1; index >= 0; index--) {
      const { kind, name } = binaryen.getExportInfo(module.getExportByIndex(index));
      if (kind === binaryen.ExternalFunction) module.removeExport(name);
    }
    functions.forEach(({ name, arguments: values }, index) => {
      const own = copyTree(module, kernels[index] as string, ` of ${name}`);
      const kernel = binaryen.getFunctionInfo(module.getFunction(own));
      // All parameters stay, so that the body's numbers of its locals hold; those that are known are overwritten.
      const constants = values.flatMap((value, parameter) =>
        typeof value === 'number' ? [module.local.set(parameter, module.i32.const(value))] : [],
      );
      const body = module.block(null, [...constants, module.copyExpression(kernel.body)]);
      module.addFunction(name, kernel.params, binaryen.none, [...kernel.vars], body);
      module.addFunctionExport(name, name);
    });
    // Constants like i32.MIN_VALUE are globals until they are propagated.
    module.runPasses(['simplify-globals', 'remove-unused-module-elements']);
    if (!module.validate()) throw new Error('the module of kernels is not valid');
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** Copies a function and all that it calls, so that a C compiler can fit them to their only caller; returns its name. */
function copyTree(module: binaryen.Module, name: string, suffix: string): string {
  const copies = new Map<string, string>();
  const copy = (original: string): void => {
    const { body } = binaryen.getFunctionInfo(module.getFunction(original));
    // An import has no body, and stays what it is.
    if (body === 0 || copies.has(original)) return;
    copies.set(original, `${original}${suffix}`);
    for (const call of callsIn(body)) copy(targetOf(call));
    copyFunction(module, original, `${original}${suffix}`, copies);
  };
  copy(name);
  return copies.get(name) ?? name;
}
