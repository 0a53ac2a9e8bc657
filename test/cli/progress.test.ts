import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { saveGraph } from '../../src/graph/files.ts';
import { buildGraph, dense, flatten } from '../../src/train/layers.ts';
import { type Outcome, spawnWick } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { buildTiny, tinyConfig, tinyDataset, writeDataset } from '../support/tiny-project.ts';

const folder = await temporaryFolder();
const data = join(folder, 'data');
const build = join(folder, 'build');
const config = join(folder, 'wick.config.mjs');
const fewer = join(folder, 'fewer.wick.json');
const [hideCursor, showCursor] = ['\u001b[?25l', '\u001b[?25h'];

/** Starts `wick` as if a person watched its standard error. A process that never ends fails by the time limit. */
const watched = (...args: readonly string[]): Promise<Outcome> =>
  spawnWick(args, {
    cwd: folder,
    env: { NODE_OPTIONS: '--import=data:text/javascript,process.stderr.isTTY=true' },
  });

beforeAll(async () => {
  await writeDataset(data, tinyDataset);
  await buildTiny(build);
  await writeFile(config, `export default ${JSON.stringify(tinyConfig)};`);
  const layers = [flatten(), dense({ units: 2 })];
  const labels = ['top', 'middle'];
  const network = { name: 'fewer', inputShape: tinyConfig.inputShape, layers, labels, seed: 1 };
  await saveGraph(buildGraph(network), fewer);
});

/** Expects a bar with a title to have been drawn, and nothing of it to be left. */
function expectBar(stderr: string, title: string, text: string): void {
  expect(stderr).toContain(title);
  expect(stderr).toContain(text);
  expect(stderr.split(hideCursor)).toHaveLength(2);
  expect(stderr.lastIndexOf(showCursor)).toBeGreaterThan(stderr.lastIndexOf(title));
}

describe('a progress bar', () => {
  it('shows the training of train and of demo', async () => {
    const train = await watched('train', '-c', config, '-d', data, '-o', 'trained', '--json');
    expect(train.code).toBe(0);
    expectBar(train.stderr, 'training', 'epoch 4/4');

    const demo = await watched('demo', '-c', config, '-d', data, '-o', 'demo', '--json');
    expect(demo.code).toBe(0);
    expect(JSON.parse(demo.stdout)).toMatchObject({ name: 'bands' });
    expectBar(demo.stderr, 'training', 'epoch 4/4');
  });

  it('shows how far a comparison is', async () => {
    const { code, stdout, stderr } = await watched('compare', build, build, '-d', data, '--json');
    expect({ code, models: JSON.parse(stdout).models.length }).toEqual({ code: 0, models: 2 });
    expectBar(stderr, 'comparing', '100%');
  });

  it('goes where a comparison fails half-way, and so does the process', async () => {
    const { code, stdout, stderr } = await watched('compare', build, fewer, '-d', data);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expectBar(stderr, 'comparing', '50%');
    expect(stderr).toMatch(/: a label is not a class of the model: .+\n$/);
  });

  it('is not drawn where nobody watches', async () => {
    const args = ['compare', build, build, '-d', data, '--json'];
    expect(await spawnWick(args, { cwd: folder })).toMatchObject({ code: 0, stderr: '' });
  });
});
