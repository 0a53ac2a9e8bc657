// Writes what follows from a folder's list of files: the registry of ops and the entry points of the kernels.
import { readdirSync, writeFileSync } from 'node:fs';

const notOps = new Set(['op.ts']);

const sources = (folder) =>
  readdirSync(new URL(`../${folder}/`, import.meta.url))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.generated.ts'))
    .sort();

const write = (file, lines) =>
  writeFileSync(new URL(`../${file}`, import.meta.url), `${lines.join('\n')}\n`);

const camelCase = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

const ops = sources('src/ops')
  .filter((file) => !notOps.has(file))
  .map((file) => file.slice(0, -'.ts'.length));
write('src/ops/registry.generated.ts', [
  '// Written by tools/generate.mjs from the files of this folder.',
  "import type { Op } from './op.ts';",
  ...ops.map((op) => `import { ${camelCase(op)} } from './${op}.ts';`),
  '',
  '/** Every operator, by its name. */',
  'export const ops: ReadonlyMap<string, Op> = new Map<string, Op>([',
  ...ops.map((op) => `  ['${op}', ${camelCase(op)} as unknown as Op],`),
  ']);',
]);

for (const folder of ['assembly/int8', 'assembly/f32']) {
  write(`${folder}/index.generated.ts`, [
    '// Written by tools/generate.mjs from the files of this folder.',
    ...sources(folder).map((file) => `export * from './${file.slice(0, -'.ts'.length)}';`),
  ]);
}
