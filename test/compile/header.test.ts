import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import type { ModelDescription } from '../../src/compile/description.ts';
import { renderHeader } from '../../src/compile/header.ts';
import { smallClassifier } from '../support/networks.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const strict = ['-Wall', '-Wextra', '-Werror', '-pedantic'];
const compilers = [
  { command: 'gcc', language: 'c', standard: '-std=c11', install: 'apt-get install gcc' },
  { command: 'g++', language: 'c++', standard: '-std=c++17', install: 'apt-get install g++' },
].map((compiler) => ({ ...compiler, present: requireTool(compiler.command, compiler.install) }));

const labels = [
  'zero',
  'quote " and \\ backslash',
  '*/ /* ??/',
  'Zürich 日本',
  '%d\n\t\u0000.',
  '',
];
const model = compile(smallClassifier(7, labels));

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wick-header-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

/** Compiles a program with every warning an error, runs it, and returns its lines. */
function runProgram(
  { command, language, standard }: (typeof compilers)[number],
  source: string,
): string[] {
  writeFileSync(join(folder, 'main.c'), source);
  run(command, ['-x', language, standard, ...strict, 'main.c', '-o', 'program']);
  return run(join(folder, 'program'), []).split('\n').slice(0, -1);
}

/** A program that prints what the header of prefix `p` / `P` says; labels as hexadecimal bytes. */
function printer(include: string, prefix: string): string {
  const upper = prefix.toUpperCase();
  const number = (expression: string) => `  printf("%ld\\n", (long)(${expression}));`;
  return [
    '#include <stdio.h>',
    `#include "${include}"`,
    'int main(void) {',
    number(`sizeof ${prefix}_weights`),
    number(`${upper}_WEIGHTS_BYTES`),
    number(`${prefix}_weights[0]`),
    number(`${prefix}_weights[${upper}_WEIGHTS_BYTES - 1]`),
    number(`(uintptr_t)${prefix}_weights % 16`),
    number(`${upper}_ABI_VERSION`),
    number(`${upper}_ARENA_BYTES`),
    number(`${upper}_MACS`),
    number(`${upper}_INPUT_BYTES`),
    number(`10 - ${upper}_INPUT_ZERO_POINT`),
    number(`${upper}_OUTPUT_BYTES`),
    number(`10 -${upper}_OUTPUT_ZERO_POINT`),
    `  printf("%.17g\\n%.17g\\n", (double)${upper}_INPUT_SCALE, (double)${upper}_OUTPUT_SCALE);`,
    `  printf("%d\\n", sizeof ${upper}_INPUT_SCALE == sizeof(float));`,
    `  printf("%s\\n%s\\n", ${upper}_ROUNDING, ${upper}_WEIGHTS_SHA256);`,
    number(`${upper}_LABEL_COUNT`),
    `  for (int i = 0; i < ${upper}_LABEL_COUNT; i++) {`,
    `    for (const char *p = ${prefix}_labels[i]; *p != 0; p++) printf("%02x", (unsigned char)*p);`,
    '    printf("\\n");',
    '  }',
    '  return 0;',
    '}',
    '',
  ].join('\n');
}

/** What the program must print for a model; C strings end at a NUL. */
function expectedLines(description: ModelDescription, weights: Uint8Array): string[] {
  const [input] = description.inputs;
  const [output] = description.outputs;
  const hex = (text: string) => Buffer.from(text.split('\0')[0] ?? '').toString('hex');
  const numbers = [
    weights.length,
    weights.length,
    weights[0],
    weights.at(-1),
    0,
    1,
    description.arenaBytes,
    description.macs,
    64,
    10 - (input?.zeroPoint ?? Number.NaN),
    5,
    10 - (output?.zeroPoint ?? Number.NaN),
  ];
  return [
    ...numbers.map(String),
    ...[input, output].map((port) => `${port?.scale}`),
    '1',
    'double',
    description.weightsSha256,
    `${description.labels.length}`,
    ...description.labels.map(hex),
  ];
}

/** `%.17g` and JavaScript write the same double differently. */
const sameNumbers = (lines: readonly string[]) =>
  lines.map((line) => (/^[-\d.]+(e[-+]?\d+)?$/.test(line) ? String(Number(line)) : line));

describe.each(compilers)('model.h under $command', (compiler) => {
  const { command, language, standard, present, install } = compiler;
  const title = (text: string) => titleWithTool(text, present, install);

  it.skipIf(!present)(title('gives a program the weights, labels and numbers of the model'), () => {
    writeFileSync(join(folder, 'model.h'), model.header);
    const lines = runProgram(compiler, printer('model.h', 'small'));
    expect(sameNumbers(lines)).toEqual(
      sameNumbers(expectedLines(model.description, model.weights)),
    );
  });

  it.skipIf(!present)(title('compiles by itself, whether its arrays are used or not'), () => {
    writeFileSync(join(folder, 'alone.h'), model.header);
    run(command, ['-x', language, standard, ...strict, '-fsyntax-only', 'alone.h']);
  });

  it.skipIf(!present)(title('compiles under the oldest standard it is for'), () => {
    writeFileSync(join(folder, 'old.h'), model.header);
    const old = language === 'c' ? '-std=c11' : '-std=c++11';
    run(command, ['-x', language, old, ...strict, '-fsyntax-only', 'old.h']);
  });

  it.skipIf(!present)(title('may be included twice'), () => {
    writeFileSync(join(folder, 'twice.h'), model.header);
    writeFileSync(join(folder, 'twice.c'), '#include "twice.h"\n#include "twice.h"\n');
    run(command, ['-x', language, standard, ...strict, '-fsyntax-only', 'twice.c']);
  });

  it.skipIf(!present)(title('stands odd names of models and tensors, and any labels'), () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(
          fc.constantFrom('*/', '/*', '//', '??/', '??=', '"', '\\', '\n', '%s', '*', '/', 'é'),
        )
        .map((parts) => parts.join('')),
    );
    const odd = [
      ...[
        '3x3 net',
        '',
        '*/ int x;',
        '/*',
        '??/',
        'a\\',
        'a"b',
        'ünïcode',
        'int',
        'EOF\n',
        '_',
        '*',
      ],
      ...fc.sample(text, { numRuns: 60, seed: 1 }),
    ];
    const labelList = fc.sample(text, { numRuns: 60, seed: 2 });
    const files = odd.map((name, index) => {
      const ports = model.description.inputs.map((port) => ({ ...port, name }));
      const description = {
        ...model.description,
        name: `${name}${index}`,
        inputs: ports,
        outputs: ports,
        labels: labelList,
      };
      const file = `odd${index}.h`;
      // One name has nothing behind it, so that the comment ends right after it.
      const header = renderHeader(
        { ...description, name: index < 12 ? name : description.name },
        model.weights,
      );
      writeFileSync(join(folder, file), header);
      return file;
    });
    for (const file of files.slice(0, 12)) {
      run(command, ['-x', language, standard, ...strict, '-fsyntax-only', file]);
    }
    const all = files.slice(12).map((file) => `#include "${file}"\n`);
    writeFileSync(join(folder, 'odd.c'), all.join(''));
    run(command, ['-x', language, standard, ...strict, '-fsyntax-only', 'odd.c']);
  });
});

describe('renderHeader', () => {
  it('numbers inputs and outputs behind the first', () => {
    const [port] = model.description.inputs;
    if (port === undefined) throw new Error('the model has no input');
    const header = renderHeader(
      { ...model.description, inputs: [port, { ...port, zeroPoint: 3 }] },
      model.weights,
    );
    expect(header).toContain('#define SMALL_INPUT_ZERO_POINT (-');
    expect(header).toContain('#define SMALL_INPUT_1_ZERO_POINT 3');
  });

  it('writes no label array where there are no labels', () => {
    const header = renderHeader({ ...model.description, labels: [] }, model.weights);
    expect(header).toContain('#define SMALL_LABEL_COUNT 0');
    expect(header).not.toContain('_labels');
  });

  it('writes scales that read back as the same float32', () => {
    const finite = fc.float({ min: 0, noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(finite, (scale) => {
        const outputs = model.description.outputs.map((port) => ({ ...port, scale }));
        const header = renderHeader({ ...model.description, outputs }, model.weights);
        const literal = /OUTPUT_SCALE (.*)f$/m.exec(header)?.[1] ?? '';
        expect(literal).toMatch(/^\d+\.\d*(e[-+]\d+)?$/);
        expect(Math.fround(Number(literal))).toBe(scale);
      }),
    );
  });
});
