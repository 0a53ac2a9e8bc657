import { describe, expect, it } from 'vitest';
import { runWick } from '../support/cli.ts';
import { createWorkspace } from '../support/workspace.ts';

const { build, expectRefusal } = await createWorkspace();

describe('wick profile', () => {
  it('prints a row a layer and the total, and nothing about its progress', async () => {
    const { code, stdout, stderr } = await runWick('profile', build, '--runs', '3');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout.trimEnd().split('\n');
    expect(rows[0]?.trim().split(/\s{2,}/)).toEqual([
      ...['bands', 'op', 'time', 'share', 'MACs', 'GMAC/s', 'weights', 'scratch', 'live'],
    ]);
    expect(rows.slice(1, 5).map((row) => row.trim().split(/\s+/)[1])).toEqual([
      ...['conv2d', 'max_pool2d', 'reshape', 'dense'],
    ]);
    expect(rows[5]).toMatch(/^ *total.* 100\.0% +1,404 /);
    expect(rows.at(-1)).toBe('v128 kernels; the median of 3 inferences.');
  });

  it('prints one object with --json', async () => {
    const { code, stdout } = await runWick('profile', build, '--runs', '2', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ name: 'bands', runs: 2, layers: { length: 4 } });
  });

  it('refuses what it cannot time, and says why', async () => {
    const module = `${build}/model.wasm`;
    await expectRefusal(
      ['profile', module],
      `${module}: module has no run_layer, so that its layers cannot be told apart; compile it with 'wick compile --debug', or name a build folder that holds the int8 graph`,
    );
    const graph = `${build}/model.int8.wick.json`;
    await expectRefusal(
      ['profile', graph],
      `${graph}: not a compiled model: expected a build folder or a .wasm file, received a graph; compile it with 'wick compile'`,
    );
  });
});
