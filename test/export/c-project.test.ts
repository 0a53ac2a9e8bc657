import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeCProject } from '../../src/export/c-project/write.ts';
import { modelFlags } from '../../src/native/flags.ts';
import { type Checks, checkModes } from '../../src/native/kernels.ts';
import { temporaryFolder } from '../support/folder.ts';
import { strictFlags } from '../support/native-host.ts';
import { smallClassifier } from '../support/networks.ts';
import { requireTool, titleWithTool } from '../support/tools.ts';

const folder = await temporaryFolder();
const labels = ['left', 'right', 'up "quoted"'];
const graph = { ...smallClassifier(5, labels), name: 'My Net 2' };

const projects = new Map(
  await Promise.all(
    checkModes.map(async (checks): Promise<readonly [Checks, string]> => {
      const project = join(folder, checks);
      await writeCProject(graph, project, { checks, optimize: 'speed' });
      return [checks, project];
    }),
  ),
);
const project = projects.get('none') as string;
const read = (path: string) => readFileSync(join(project, path), 'utf8');

const arm = 'apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi (Debian)';
const compilers = [
  ...[
    ['cortex-m0plus', []],
    ['cortex-m3', []],
    ['cortex-m4', ['-mfloat-abi=hard', '-mfpu=fpv4-sp-d16']],
    ['cortex-m7', ['-mfloat-abi=hard', '-mfpu=fpv5-d16']],
    ['cortex-m33', ['-mfloat-abi=hard', '-mfpu=fpv5-sp-d16']],
  ].map(([cpu, flags]) => ({
    title: cpu as string,
    command: 'arm-none-eabi-gcc',
    flags: ['-mthumb', `-mcpu=${cpu}`, ...(flags as string[]), ...modelFlags],
    install: arm,
  })),
  {
    title: 'RISC-V rv32imc',
    command: 'riscv64-unknown-elf-gcc',
    flags: ['--specs=picolibc.specs', '-march=rv32imc', '-mabi=ilp32', ...modelFlags],
    install: 'apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf (Debian)',
  },
  {
    title: "this machine's gcc",
    command: 'gcc',
    flags: modelFlags,
    install: 'apt-get install gcc libc6-dev (Debian)',
  },
  {
    title: "this machine's clang",
    command: 'clang',
    flags: ['-O2'],
    install: 'apt-get install clang (Debian)',
  },
];

describe('a C project', () => {
  it('is a folder that needs nothing else', () => {
    expect(readdirSync(project, { recursive: true, encoding: 'utf8' }).sort()).toEqual(
      [
        ...['CMakeLists.txt', 'README.md', 'library.json', 'library.properties'],
        ...['examples', 'examples/label', 'examples/label/main.c'],
        ...[
          'src',
          'src/wick_model.c',
          'src/wick_model.h',
          'src/wick_runtime.h',
          'src/wick_weights.c',
        ],
        ...['zephyr', 'zephyr/CMakeLists.txt', 'zephyr/Kconfig', 'zephyr/module.yml'],
      ].sort(),
    );
    for (const name of ['wick_model.c', 'wick_model.h', 'wick_runtime.h', 'wick_weights.c']) {
      const included = [...read(`src/${name}`).matchAll(/#include [<"](.*)[>"]/g)].map(
        ([, file]) => file as string,
      );
      const standard = ['stddef.h', 'stdint.h', 'arm_acle.h'];
      const own = included.filter((file) => !standard.includes(file));
      for (const file of own) expect(existsSync(join(project, 'src', file))).toBe(true);
    }
  });

  it("says the model's name as each build system takes it", () => {
    expect(JSON.parse(read('library.json'))).toMatchObject({
      name: 'my_net_2',
      build: { flags: modelFlags },
    });
    expect(read('library.properties')).toMatch(/^name=my_net_2$/m);
    expect(read('zephyr/module.yml')).toMatch(/^name: "my_net_2"$/m);
    expect(read('zephyr/Kconfig')).toMatch(/^config WICK_MY_NET_2$/m);
    expect(read('CMakeLists.txt')).toContain('project(my_net_2 C)');
  });

  it('lets no name of a model become code of a build system', async () => {
    const named = join(folder, 'named');
    const name = '$(shell,touch owned) "$X" `y` \\ */ #\n;';
    await writeCProject({ ...graph, name }, named);
    const textOf = (path: string) => readFileSync(join(named, path), 'utf8');
    const prompt = /^\tbool "([^"\n]*)"$/m.exec(textOf('zephyr/Kconfig'))?.[1];
    expect(prompt).toMatch(/^_\(shell,touch owned\) __X_ [^$\\]*$/);
    expect(JSON.parse(textOf('library.json')).name).toBe('model__shell_touch_owned_x_y_');
    for (const path of ['CMakeLists.txt', 'zephyr/CMakeLists.txt', 'zephyr/module.yml']) {
      expect(textOf(path)).not.toContain('shell,');
    }
    expect(textOf('library.properties').split('\n')).toHaveLength(
      read('library.properties').split('\n').length,
    );
    const code = textOf('src/wick_model.c').split('\n')[0];
    expect(code).toMatch(/^\/\* .*: written by wick, .* \*\/$/);
    expect(code?.indexOf('*/')).toBe((code?.length ?? 0) - 2);
  });

  it('is written as a whole or not at all', async () => {
    const blocked = join(folder, 'blocked');
    await mkdir(blocked);
    await writeFile(join(blocked, 'README.md'), 'old');
    await mkdir(join(blocked, 'library.json'));
    await expect(writeCProject(graph, blocked)).rejects.toThrow('library.json: cannot write');
    const files = readdirSync(blocked, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
    expect(files).toEqual(['README.md']);
    expect(readFileSync(join(blocked, 'README.md'), 'utf8')).toBe('old');
  });

  it('declares four functions, and has no heap', () => {
    const declared = [...read('src/wick_model.h').matchAll(/\b(wick_\w+)\(/g)].map(
      ([, name]) => name,
    );
    expect(declared).toEqual(['wick_init', 'wick_input', 'wick_infer', 'wick_output']);
    expect(read('src/wick_model.c')).not.toMatch(/\b(?:malloc|calloc|free)\(/);
  });
});

describe.each(compilers)('a C project for $title', ({ title, command, flags, install }) => {
  const present = requireTool(command, install);
  describe.skipIf(!present)(titleWithTool(title, present, install), () => {
    it.each(checkModes)('compiles without a warning, checks %s', (checks) => {
      for (const source of ['src/wick_model.c', 'src/wick_weights.c', 'examples/label/main.c']) {
        const all = [...strictFlags, ...flags, '-Isrc', '-c', source, '-o', 'object.o'];
        execFileSync(command, all, { cwd: projects.get(checks) as string });
      }
    });
  });
});

describe('the example of a C project', () => {
  const install = 'apt-get install cmake make gcc libc6-dev (Debian)';
  const present = ['cmake', 'make', 'gcc'].every((command) => requireTool(command, install));
  it.skipIf(!present)(
    titleWithTool('builds with the CMakeLists.txt, runs, and prints a label', present, install),
    async () => {
      const build = join(folder, 'build');
      execFileSync('cmake', ['-G', 'Unix Makefiles', '-S', project, '-B', build], {
        stdio: 'pipe',
      });
      execFileSync('cmake', ['--build', build], { stdio: 'pipe' });
      // The library's own name, which a model may have as well.
      const namesake = join(folder, 'namesake');
      const again = ['-G', 'Unix Makefiles', '-S', namesake, '-B', join(namesake, 'build')];
      await writeCProject({ ...graph, name: 'wick model' }, namesake);
      execFileSync('cmake', again, { stdio: 'pipe' });
      const printed = execFileSync(join(build, 'my_net_2_example'), { encoding: 'utf8' });
      expect(labels.map((label) => `${label}\n`)).toContain(printed);
    },
  );
});
