// Writes what follows from the files of a folder: the registries of ops, the entry points of the kernels and their names.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

const urlOf = (path) => new URL(`../${path}`, import.meta.url);

/** The names of a folder's sources, without `.ts`. */
const sources = (folder) =>
  readdirSync(urlOf(`${folder}/`))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.generated.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();

/** Leaves a file alone that is right already: someone may be reading it. */
function write(file, lines) {
  const text = `${lines.join('\n')}\n`;
  const url = urlOf(file);
  if (!existsSync(url) || readFileSync(url, 'utf8') !== text) writeFileSync(url, text);
}

const camelCase = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

/** A registry of the ops of `files`, each `<op>.ts` with an export of its name in camel case. */
const registry = ({ folder, ops, path, type, typePath, name, doc }) => [
  `// Written by tools/generate.mjs from the files of ${folder}.`,
  ...ops.map((op) => `import { ${camelCase(op)} } from '${path}/${op}.ts';`),
  `import type { ${type} } from '${typePath}';`,
  '',
  `/** ${doc} */`,
  `export const ${name}: ReadonlyMap<string, ${type}> = new Map<string, ${type}>([`,
  ...ops.map((op) => `  ['${op}', ${camelCase(op)} as ${type}],`),
  ']);',
];

write(
  'src/ops/registry.generated.ts',
  registry({
    folder: 'src/ops',
    ops: sources('src/ops').filter((file) => file !== 'op'),
    path: '.',
    type: 'AnyOp',
    typePath: './op.ts',
    name: 'ops',
    doc: 'Every operator, by its name.',
  }),
);

write(
  'src/train/engine/registry.generated.ts',
  registry({
    folder: 'src/train/engine/ops',
    ops: sources('src/train/engine/ops'),
    path: './ops',
    type: 'TrainingOp',
    typePath: './plan.ts',
    name: 'trainingOps',
    doc: 'The ops that the training engine can run, by the names of the program (program.ts).',
  }),
);

write(
  'test/support/cases/registry.generated.ts',
  registry({
    folder: 'test/support/cases',
    ops: sources('test/support/cases'),
    path: '.',
    type: 'CaseMapping',
    typePath: '../case-values.ts',
    name: 'caseMappings',
    doc: "The mapping of each folder of CMSIS-NN's cases, by the folder's name.",
  }),
);

for (const folder of ['assembly/int8', 'assembly/f32']) {
  write(`${folder}/index.generated.ts`, [
    '// Written by tools/generate.mjs from the files of this folder.',
    ...sources(folder).map((file) => `export * from './${file}';`),
  ]);
}

const kernelNames = sources('assembly/f32').flatMap((file) =>
  Array.from(
    readFileSync(urlOf(`assembly/f32/${file}.ts`), 'utf8').matchAll(/^export function (\w+)/gm),
    ([, name]) => name,
  ),
);
write('src/train/engine/kernel-names.generated.ts', [
  '// Written by tools/generate.mjs from the functions that the files of assembly/f32 export.',
  '/** The training kernels. */',
  'export type KernelName =',
  ...kernelNames
    .sort()
    .map((name, index, { length }) => `  | '${name}'${index === length - 1 ? ';' : ''}`),
]);
