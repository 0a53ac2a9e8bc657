import binaryen from 'binaryen';
import { describe, expect, it } from 'vitest';
import { kernelFiles } from '../src/compile/link.ts';
import { type KernelFile, readKernelFile } from '../src/kernels.ts';

/** The code of each function of a module by its name, with the types of its parameters, results and locals. */
function functionsOf(file: KernelFile): ReadonlyMap<string, string> {
  const module = binaryen.readBinary(readKernelFile(file));
  const result = new Map<string, string>();
  for (let index = 0; index < module.getNumFunctions(); index++) {
    const { name, params, results, vars, body } = binaryen.getFunctionInfo(
      module.getFunctionByIndex(index),
    );
    const types = [params, results, ...vars].flatMap((type) => binaryen.expandType(type));
    const names = types.map((type) => typeNames.get(type) ?? `${type}`);
    result.set(name, `${names.join(' ')}\n${body === 0 ? '' : binaryen.emitText(body)}`);
  }
  module.dispose();
  return result;
}

const typeNames = new Map([
  [binaryen.i32, 'i32'],
  [binaryen.i64, 'i64'],
  [binaryen.f32, 'f32'],
  [binaryen.f64, 'f64'],
  [binaryen.v128, 'v128'],
]);

/** The functions whose code has something that it should not have. */
function offenders(file: KernelFile, pattern: RegExp): string[] {
  return [...functionsOf(file)].filter(([, code]) => pattern.test(code)).map(([name]) => name);
}

const moduleOf = (file: KernelFile) => new WebAssembly.Module(new Uint8Array(readKernelFile(file)));

/** As an operation (`f32.add`, `i32x4.trunc_sat_f32x4_s`) or as a type. */
const float = /f(32|64)/;
const vector = /v128|[if](8|16|32|64)x\d/;
/** The kernels at a graph's borders, the only ones whose values may be float32. */
const borderKernels = ['quantize', 'quantizeVector', 'dequantize', 'dequantizeVector'];

const bulkMemory = /memory\.(copy|fill|init)/;

describe.each(Object.entries(kernelFiles))('the int8 kernels, %s', (variant, file) => {
  it('have no float but at the borders: not as an opcode, a parameter or a local', () => {
    // Names are of the source: `int8/quantize/quantizeVector`. Without v128 its variant is empty.
    const found = offenders(file, float).map((name) => name.split('/').at(-1));
    const expected = borderKernels.filter((name) => variant === 'simd' || !name.endsWith('Vector'));
    expect(found.sort()).toEqual(expected.sort());
  });

  it('import the weight accessors and their memory, and nothing else', () => {
    const imports = WebAssembly.Module.imports(moduleOf(file));
    const names = imports.map(({ module, name, kind }) => `${kind} ${module}.${name}`);
    const accessors = ['load8', 'load32', ...(variant === 'simd' ? ['load8x8', 'load128'] : [])];
    const wanted = accessors.map((name) => `function weights.${name}`);
    expect(names.sort()).toEqual(['memory env.memory', ...wanted].sort());
  });

  it('copy and fill memory by loops: an engine may not have the bulk instructions', () => {
    expect(offenders(file, bulkMemory)).toEqual([]);
  });

  it(variant === 'simd' ? 'have vectors' : 'have no vectors: an engine may not have them', () => {
    expect(offenders(file, vector).length > 0).toBe(variant === 'simd');
  });

  it('keep nothing between two calls: no global can be set', () => {
    const module = binaryen.readBinary(readKernelFile(file));
    const globals = Array.from({ length: module.getNumGlobals() }, (_, index) =>
      binaryen.getGlobalInfo(module.getGlobalByIndex(index)),
    );
    module.dispose();
    const set = globals.filter(({ mutable }) => mutable).map(({ name }) => name);
    expect(set).toEqual([]);
  });
});

describe('the search for floats', () => {
  it('finds those of the training kernels', () => {
    const found = offenders('f32.wasm', float);
    expect(found.length).toBeGreaterThan(10);
  });
});
