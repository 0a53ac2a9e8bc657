import binaryen from 'binaryen';
import { weightAccessors } from '../compile/bindings.ts';
import { callsIn, targetOf } from '../compile/calls.ts';
import { kernelFiles } from '../compile/link.ts';
import { readKernelFile } from '../kernels.ts';
import type { KernelCall, Optimize } from '../ops/op.ts';
import { numberAt } from '../ops/support/kernel_call.ts';
import { type Checking, translateFunction } from './function.ts';
import { specialize } from './specialize.ts';

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

/** A kernel as a C function. */
export interface KernelFunction {
  /** Of the C function. */
  readonly name: string;
  readonly kernel: string;
  /** What is known of its arguments, which becomes a constant; the others are parameters. */
  readonly numbers: readonly (number | undefined)[];
  readonly checks: Checks;
  /** Whether addresses may be any numbers, so that their alignment is checked as well. */
  readonly checksAlignment?: boolean;
}

/** How kernels become C. */
export interface KernelOptions {
  readonly checks: Checks;
  /** For speed each shape of a kernel has copies of what it calls, to be fitted to it; for size all shapes share that. */
  readonly optimize: Optimize;
}

/**
 * One C function for each kernel and shape of the calls, for firmware/engine/native/wick_runtime.h. Numbers become constants,
 * addresses stay parameters, so that layers of one shape share the code. Nothing is optimized: the C compiler does that.
 */
export function translateKernels(
  calls: readonly (KernelCall | null)[],
  { checks, optimize }: KernelOptions,
): NativeKernels {
  const shaped = new Map<string, KernelFunction>();
  const functionOf = calls.map((call) => {
    if (call === null) return undefined;
    const { kernel } = call;
    const numbers = numbersOf(call);
    const key = shapeKey(kernel, numbers);
    const found = shaped.get(key) ?? { name: `${kernel}_${shaped.size}`, kernel, numbers, checks };
    shaped.set(key, found);
    return found.name;
  });
  return { code: translateFunctions([...shaped.values()], optimize), functionOf };
}

/** The arguments of a call that are numbers; undefined where one is an address. */
export function numbersOf(call: KernelCall): readonly (number | undefined)[] {
  return call.arguments.map((_, index) => numberAt(call, index));
}

/** What calls have in common that can share a function: the kernel, its numbers, and which parameters are addresses. */
export function shapeKey(kernel: string, numbers: readonly (number | undefined)[]): string {
  return [kernel, ...numbers.map((value) => value ?? '&')].join(' ');
}

/** Functions, and what they call, as C. */
export function translateFunctions(
  functions: readonly KernelFunction[],
  optimize: Optimize,
): string {
  const module = binaryen.readBinary(readKernelFile(kernelFiles.scalar));
  try {
    const internalNames = functions.map(
      ({ kernel }) => binaryen.getExportInfo(module.getExport(kernel)).value,
    );
    const accessors = new Map(
      weightAccessors(module).map(({ name, load }) => [name, `wick_weight_${load}`]),
    );
    // Constants like i32.MIN_VALUE are globals until they are propagated.
    module.runPasses(['simplify-globals']);
    module.setFeatures(binaryen.Features.MutableGlobals | binaryen.Features.SignExt);
    const prototypes: string[] = [];
    const translated = new Map<string, string>();
    functions.forEach(({ name, numbers, ...checking }, index) => {
      const suffix = optimize === 'size' ? sharedSuffix(checking) : `_${index}`;
      const [kernel, ...called] = calledFrom(module, internalNames[index] as string) as [
        string,
        ...string[],
      ];
      const names = new Map([
        ...accessors,
        ...called.map((each) => [each, `${cName(each)}${suffix}`] as const),
      ]);
      // Checks are fewer where it is known how far apart accesses are.
      const copies =
        checking.checks === 'block' && optimize === 'speed'
          ? specialize(module, [kernel, ...called], numbers)
          : new Map<string, string>();
      const add = (
        internalName: string,
        own: string,
        known: readonly (number | undefined)[],
      ): void => {
        if (translated.has(own)) return;
        const info = binaryen.getFunctionInfo(
          module.getFunction(copies.get(internalName) ?? internalName),
        );
        const { prototype, body } = translateFunction(info, own, known, names, checking);
        prototypes.push(`${prototype};`);
        translated.set(own, `// ${internalName}\n${prototype} {\n${body}\n}`);
      };
      add(kernel, name, numbers);
      for (const each of called) add(each, names.get(each) as string, []);
    });
    return `${prototypes.join('\n')}\n\n${[...translated.values()].join('\n\n')}\n`;
  } finally {
    module.dispose();
  }
}

/** What tells functions apart that several kernels share: how they check. */
function sharedSuffix({ checks, checksAlignment }: Checking): string {
  if (checks === 'none') return '';
  return checksAlignment ? `_${checks}_aligned` : `_${checks}`;
}

/** A function and all that it calls, imports left out, itself first. */
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

/** `columns_gatherPixels` of an internal name like `assembly/columns/gatherPixels`. */
function cName(internalName: string): string {
  return internalName.split('/').slice(-2).join('_').replace(/\W/g, '_');
}
