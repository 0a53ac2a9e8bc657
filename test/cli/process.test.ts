import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { spawnWick } from '../support/cli.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { buildTiny, tinyConfig, tinyDataset, writeDataset } from '../support/tiny-project.ts';

const folder = await temporaryFolder();
const data = join(folder, 'data');
const build = join(folder, 'build');
const colour = '\u001b[';

beforeAll(async () => {
  await writeDataset(data, tinyDataset);
  await buildTiny(build);
});

describe('the process', () => {
  it('exits with 0 where all is well and with 1 and a line on standard error where it is not', async () => {
    const [version, unknown] = await Promise.all([
      spawnWick(['--version']),
      spawnWick(['eval', 'nowhere'], { cwd: folder }),
    ]);
    expect(version).toMatchObject({ code: 0, stderr: '' });
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toMatch(/^error: nowhere: no model there: .+\n$/);
  });

  it('ends in silence where nobody reads its output to the end', async () => {
    const outcome = await spawnWick(['--help'], { deaf: true });
    expect(outcome).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('colours its text only where that is asked for, and never with NO_COLOR', async () => {
    const args = ['eval', build, '--data', data];
    const [plain, forced, refused, error] = await Promise.all([
      spawnWick(args),
      spawnWick(args, { env: { FORCE_COLOR: '1' } }),
      spawnWick(args, { env: { FORCE_COLOR: '1', NO_COLOR: '1' } }),
      spawnWick(['eval', 'nowhere'], { env: { NO_COLOR: '1', CI: '1' } }),
    ]);
    expect(plain.stdout).not.toContain(colour);
    expect(forced.stdout).toContain(colour);
    expect(refused.stdout).toBe(plain.stdout);
    expect(error.stderr.startsWith('error: ')).toBe(true);
  });

  it('--json stays plain JSON where colours are forced', async () => {
    const args = ['eval', build, '--data', data, '--json'];
    const { stdout, stderr } = await spawnWick(args, { env: { FORCE_COLOR: '1' } });
    expect(JSON.parse(stdout)).toMatchObject({ name: 'bands' });
    expect(stderr).toBe('');
  });
});

describe('wick.config.ts', () => {
  const typed = `
    import { type Config, conv2d, defineConfig, dense, flatten, maxPool2d, relu } from 'wick';
    import { epochs } from './settings.ts';

    const config: Config = {
      ...${JSON.stringify({ ...tinyConfig, name: 'typed', layers: undefined, training: undefined })},
      layers: [
        conv2d({ outChannels: 4, kernelSize: 3 }),
        relu(),
        maxPool2d({ kernelSize: 2 }),
        flatten(),
        dense({ units: 3 }),
      ],
      data: { directory: '../data' },
      training: { epochs },
    };
    export default defineConfig(config);
  `;

  it("in a folder where wick is not installed imports from 'wick' and from files beside it", async () => {
    const home = join(folder, 'home');
    await mkdir(home);
    await writeFile(join(home, 'wick.config.ts'), typed);
    await writeFile(join(home, 'settings.ts'), 'export const epochs: number = 3;');

    const here = await spawnWick(['train', '--json'], { cwd: home });
    expect(here).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(here.stdout)).toMatchObject({ name: 'typed', epochs: 3, parameters: 151 });
    const ofHere = await readFolder(join(home, 'build', 'typed'));
    expect([...ofHere.keys()]).toContain('model.wick.json');

    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    const flags = ['--config', '../home/wick.config.ts', '-o', 'out'];
    const there = await spawnWick(['train', ...flags], { cwd: elsewhere });
    expect(there).toMatchObject({ code: 0, stderr: '' });
    const ofThere = await readFolder(join(elsewhere, 'out'));
    for (const name of ['model.wick.json', 'model.safetensors']) {
      expect(ofThere.get(name)).toEqual(ofHere.get(name));
    }
  });
});
