import binaryen from 'binaryen';
import { weightAccessors } from '../compile/bindings.ts';
import { callsIn, targetOf } from '../compile/calls.ts';
import { kernelFiles } from '../compile/link.ts';
import { readKernelFile } from '../kernels.ts';
import type { KernelArgument, KernelCall } from '../ops/op.ts';
import { translateFunction } from './function.ts';

/**
 * How the code is kept from reading or writing outside of the model's memory and weights: not at all, because the compiler has
 * proved that it does not; by a check for each base address and block of statements; by a check for each access.
 */
export const checkModes = ['none', 'block', 'access'] as const;

/** One of {@link checkModes}. */
export type Checks = (typeof checkModes)[number];

/** The kernels of a model as C. */
export interface NativeKernels {
  /** Static functions, declared before the first of them. */
  readonly code: string;
  /** The name of each call's function, undefined where there is no call. It takes those arguments that are no numbers. */
  readonly functionOf: readonly (string | undefined)[];
}

/** A kernel for one shape. */
interface ShapedKernel {
  readonly name: string;
  readonly kernel: string;
  /** Of the first call that takes it; those that are numbers are the same for all. */
  readonly arguments: readonly KernelArgument[];
}

/**
 * One C function for each kernel and shape of the calls, for firmware/engine/native/wick_runtime.h. Numbers become constants,
 * addresses stay parameters, so that layers of one shape share the code. Nothing is optimized: the C compiler does that.
 */
export function translateKernels(
  calls: readonly (KernelCall | null)[],
  checks: Checks = 'none',
): NativeKernels {
  const shaped = new Map<string, ShapedKernel>();
  const functionOf = calls.map((call) => {
    if (call === null) return undefined;
    const { kernel, arguments: values } = call;
    const key = shapeKey(call);
    const found = shaped.get(key) ?? {
      name: `${kernel}_${shaped.size}`,
      kernel,
      arguments: values,
    };
    shaped.set(key, found);
    return found.name;
  });
  return { code: translate([...shaped.values()], checks), functionOf };
}

/** What calls have in common that can share a function: the kernel, its numbers, and which parameters are addresses. */
function shapeKey({ kernel, arguments: values }: KernelCall): string {
  return [kernel, ...values.map((value) => (typeof value === 'number' ? value : '&'))].join(' ');
}

function translate(shaped: readonly ShapedKernel[], checks: Checks): string {
  const module = binaryen.readBinary(readKernelFile(kernelFiles.scalar));
  try {
    const internalNames = shaped.map(
      ({ kernel }) => binaryen.getExportInfo(module.getExport(kernel)).value,
    );
    const accessors = new Map(
      weightAccessors(module).map(({ name, load }) => [name, `wick_weight_${load}`]),
    );
    // Constants like i32.MIN_VALUE are globals until they are propagated.
    module.runPasses(['simplify-globals']);
    const prototypes: string[] = [];
    const functions = shaped.flatMap(({ name, arguments: values }, index) => {
      const tree = calledFrom(module, internalNames[index] as string);
      const names = new Map([
        ...accessors,
        ...tree.map((called) => [called, cName(called, index)] as const),
      ]);
      return tree.map((called, depth) => {
        const info = binaryen.getFunctionInfo(module.getFunction(called));
        const isKernel = depth === 0;
        const constants = isKernel ? values : [];
        const { prototype, body } = translateFunction(
          info,
          isKernel ? name : (names.get(called) as string),
          constants,
          names,
          checks,
        );
        prototypes.push(`${prototype};`);
        return `${isKernel ? `// ${called}\n` : ''}${prototype} {\n${body}\n}`;
      });
    });
    return `${prototypes.join('\n')}\n\n${functions.join('\n\n')}\n`;
  } finally {
    module.dispose();
  }
}

/** A function and all that it calls, imports left out, itself first. Each kernel gets its own, to be fitted to its shape. */
function calledFrom(module: binaryen.Module, name: string): readonly string[] {
  const found = new Set<string>();
  const visit = (called: string): void => {
    const { body } = binaryen.getFunctionInfo(module.getFunction(called));
    if (body === 0 || found.has(called)) return;
    found.add(called);
    for (const call of callsIn(body)) visit(targetOf(call));
  };
  visit(name);
  return [...found];
}

/** The last part of an internal name like `assembly/columns/gatherPixels`, with the number of the kernel that calls it. */
function cName(internalName: string, kernel: number): string {
  const last = internalName.split('/').at(-1) ?? '';
  return `${last.replace(/\W/g, '_')}_${kernel}`;
}
