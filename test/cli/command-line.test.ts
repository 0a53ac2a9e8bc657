import { join } from 'node:path';
import type { Command } from 'commander';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createProgram } from '../../src/cli/command-line.ts';
import * as compiling from '../../src/compile/compile.ts';
import { runWick } from '../support/cli.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { tinyPaths, writeTinyProject } from '../support/tiny-project.ts';

vi.mock(import('../../src/compile/compile.ts'), { spy: true });

const folder = await temporaryFolder();
const { data, build, config, raw } = tinyPaths(folder);
const verbs = createProgram().commands;

/** Every command by what stands after `wick`: a verb, or a verb and what it is to do. */
const commandsOf = (program: Command) =>
  program.commands.flatMap((verb) =>
    verb.commands.length === 0
      ? [[verb.name(), verb] as const]
      : verb.commands.map((command) => [`${verb.name()} ${command.name()}`, command] as const),
  );

beforeAll(() => writeTinyProject(folder));

describe('help', () => {
  it('lists every verb', async () => {
    expect(verbs.map((verb) => verb.name())).toEqual([
      'train',
      'import',
      'quantize',
      'compile',
      'export',
      'run',
      'eval',
      'compare',
      'profile',
      'report',
      'firmware',
      'flash',
      'device',
      'demo',
    ]);
    const { code, stdout, stderr } = await runWick('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const verb of verbs) expect(stdout).toContain(`\n  ${verb.name()} `);
  });

  it.each(commandsOf(createProgram()))(
    'of %s says what it does, explains every flag and gives an example that parses',
    async (name, verb) => {
      const { code, stdout, stderr } = await runWick(...name.split(' '), '--help');
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toContain(`Usage: wick ${name} [options]`);
      for (const { long, description } of verb.options) {
        expect(stdout).toContain(long);
        expect(description).not.toBe('');
      }
      expect(verb.options.map(({ long }) => long)).toContain('--json');

      const example = /\nExample:\n {2}wick (.+)\n/.exec(stdout)?.[1]?.split(' ') ?? [];
      expect(`${example.join(' ')} `).toMatch(new RegExp(`^${name} `));
      const parsed = vi.fn();
      const program = createProgram();
      new Map(commandsOf(program)).get(name)?.action(parsed);
      await program.parseAsync(example, { from: 'user' });
      expect(parsed).toHaveBeenCalledOnce();
    },
  );

  it('--version prints the version', async () => {
    const { default: packageJson } = await import('../../package.json', {
      with: { type: 'json' },
    });
    expect(await runWick('--version')).toEqual({
      code: 0,
      stdout: `${packageJson.version}\n`,
      stderr: '',
    });
  });
});

describe('what verbs print and where they write', () => {
  let made = 0;
  const verb = (args: readonly string[], files: readonly string[]) => {
    const out = join(folder, `out-${++made}`, 'inside');
    return { args: [...args, '--out', out], files, out };
  };
  /** The verbs that write, each into a folder of its own, with the files that they leave there. */
  const writing = () => [
    verb(
      ['train', '-c', config, '-d', data],
      ['model.wick.json', 'model.safetensors', 'training.json'],
    ),
    verb(
      ['quantize', build, '-d', data],
      ['model.int8.wick.json', 'model.int8.safetensors', 'model.int8.tflite'],
    ),
    verb(
      ['compile', build],
      [
        ...['model.wasm', 'model.simd.wasm', 'weights.bin', 'model.h', 'model.json'],
        ...['model.int8.wick.json', 'model.int8.safetensors'],
      ],
    ),
    verb(['report', build, '-d', data], ['report.html']),
  ];

  it('--out names the folder, which is made where it is missing; the model stays as it was', async () => {
    const before = await readFolder(build);
    for (const { args, files, out } of writing()) {
      expect(await runWick(...args)).toMatchObject({ code: 0, stderr: '' });
      expect([...(await readFolder(out)).keys()].sort()).toEqual([...files].sort());
    }
    expect(await readFolder(build)).toEqual(before);
  });

  it('--json prints one JSON object and nothing else; without it there is text', async () => {
    const reading = [
      { args: ['eval', build, '-d', data] },
      { args: ['compare', build, build, '-d', data] },
      { args: ['run', build, raw] },
    ];
    for (const { args } of [...writing(), ...reading]) {
      const json = await runWick(...args, '--json');
      expect(json, args[0]).toMatchObject({ code: 0, stderr: '' });
      const printed: unknown = JSON.parse(json.stdout);
      expect(Object.prototype.toString.call(printed), args[0]).toBe('[object Object]');

      const text = await runWick(...args);
      expect(text, args[0]).toMatchObject({ code: 0, stderr: '' });
      expect(() => JSON.parse(text.stdout), args[0]).toThrow();
      expect(text.stdout.trim(), args[0]).not.toBe('');
    }
  });

  it('a model that was compiled into a folder of its own has a report too', async () => {
    const fast = join(folder, 'fast');
    await runWick('compile', build, '--optimize', 'speed', '-o', fast);
    expect(await runWick('report', fast, '-d', data)).toMatchObject({ code: 0, stderr: '' });
    expect((await readFolder(fast)).get('report.html')?.toString()).toContain('int8 accuracy');
  });

  it('a graph file instead of a build folder means the folder that it lies in', async () => {
    const before = await readFolder(build);
    const { code } = await runWick('compile', join(build, 'model.int8.wick.json'));
    expect(code).toBe(0);
    expect(await readFolder(build)).toEqual(before);
  });
});

describe('a bug of its own', () => {
  it('is told with a stack that helps to report it', async () => {
    vi.mocked(compiling.compile).mockImplementationOnce(() => {
      throw new RangeError('no such item');
    });
    const { code, stdout, stderr } = await runWick('compile', build);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: bug in wick: RangeError: no such item\n {4}at /);
  });
});
