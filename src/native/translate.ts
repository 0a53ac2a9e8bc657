import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A minimum or maximum as asc and wasm2c write it: both operands go to locals, these are compared, and the operands
 * selected from. Within these lines alone it is plain that the operands are what is compared.
 */
const extremum =
  /(w2c_l\d+) = (w2c_i\d+);(\s*)(w2c_i\d+) = ([^;]+);\s*(w2c_l\d+) = \4;\s*(w2c_i\d+) = \1;\s*(w2c_i\d+) = \6;\s*\7 = \(u32\)\(\(s32\)\7 ([<>]) \(s32\)\8\);\s*\2 = \7 \? \2 : \4;/g;

/** The minimum of a maximum and something. */
const clamp =
  /(w2c_i\d+) = wick_max\(\1, (w2c_i\d+)\);(\s*)(w2c_l\d+) = \1;\s*\2 = ([^;]+);\s*(w2c_l\d+) = \2;\s*\1 = wick_min\(\1, \2\);/g;

/** `roundedHigh` of assembly/fixedpoint.ts: both factors are int32, which only these lines show. */
const highProduct =
  /w2c_j(\d+) = \(u64\)\(s64\)\(s32\)\(w2c_i\1\);(\s*)w2c_i(\d+) = ([^;]+);\s*w2c_j\3 = \(u64\)\(s64\)\(s32\)\(w2c_i\3\);\s*w2c_j\1 \*= w2c_j\3;\s*w2c_j\3 = 2147483648ull;\s*w2c_j\1 \+= w2c_j\3;\s*w2c_j\3 = 32ull;\s*w2c_j\1 = \(u64\)\(\(s64\)w2c_j\1 >> \(w2c_j\3 & 63\)\);\s*w2c_i\1 = \(u32\)\(w2c_j\1\);/g;

/** Something plus such a product, where the inlined function ends. */
const highProductSum =
  /(w2c_i\d+) = wick_high_product\(\1, (w2c_i\d+), 0\);(\s*)goto (w2c_B\d+);\s*\4:;\s*(w2c_i\d+) \+= \1;/g;

/**
 * The functions of a module as C, for firmware/engine/native/wick_runtime.h. What wasm2c writes around them (loads, stores, instances) is
 * left out.
 */
export function translate(wasm: Uint8Array, folder: string): string {
  const input = join(folder, 'kernels.wasm');
  const output = join(folder, 'translated.c');
  writeFileSync(input, wasm);
  execFileSync('wasm2c', ['-n', 'wick', input, '-o', output]);
  const text = readFileSync(output, 'utf8');
  // Behind the function that registers types stand the prototypes, the functions, and what is exported.
  const types = text.indexOf('static void init_func_types');
  const begin = text.indexOf('}\n', types) + 2;
  const end = text.indexOf('/* export:', begin);
  if (types < 0 || end < 0) throw new Error('wasm2c wrote something else than expected');
  return text
    .slice(begin, end)
    .replace(/static void init_(memories|globals)\([^)]*\) {[^}]*}\n/g, '')
    .replaceAll('Z_wick_instance_t*', 'void*')
    .replace(/^static (?=(?:u32|void) w2c_(?!layer_))/gm, '__attribute__((noinline)) static ')
    .replace(/\binstance->(?:Z_envZ_memory|Z_weights_instance)\b/g, '0')
    .replace(/\(\*(Z_weightsZ_\w+)\)/g, '$1')
    .replace(
      highProduct,
      (_, a, space, b, right) =>
        `w2c_i${b} = ${right};${space}w2c_i${a} = wick_high_product(w2c_i${a}, w2c_i${b}, 0);`,
    )
    .replace(
      highProductSum,
      (_, a, b, space, label, sum) =>
        `${sum} = wick_high_product(${a}, ${b}, ${sum});${space}goto ${label};${space}${label}:;`,
    )
    .replace(
      extremum,
      (_, left, a, space, b, right, local, _x, _y, sign) =>
        `${left} = ${a};${space}${b} = ${right};${space}${local} = ${b};${space}${a} = wick_${sign === '<' ? 'min' : 'max'}(${a}, ${b});`,
    )
    .replace(
      clamp,
      (_, a, b, space, left, right, local) =>
        `${left} = wick_max(${a}, ${b});${space}${local} = ${right};${space}${a} = wick_clamp(${a}, ${b}, ${local});${space}${b} = ${local};`,
    );
}
