import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { saveGraph } from '../../src/graph/files.ts';
import type { Graph } from '../../src/graph/types.ts';
import { runWick } from '../support/cli.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { smallClassifier } from '../support/networks.ts';
import { statefulClassifier } from '../support/stateful.ts';
import { tinyConfig, tinyPaths, writeTinyProject } from '../support/tiny-project.ts';

const folder = await temporaryFolder();
const { data, build, config, raw } = tinyPaths(folder);

beforeAll(() => writeTinyProject(folder));

describe('what compile prints', () => {
  const printed = async (graph: Graph) => {
    const path = join(folder, 'printed', 'model.int8.wick.json');
    await saveGraph(graph, path);
    return (await runWick('compile', path)).stdout;
  };

  it('names the state where a model keeps one, and counts it as RAM', async () => {
    expect(await printed(smallClassifier(1))).not.toContain('state');
    const { arenaBytes, stateBytes } = compile(statefulClassifier(3)).description;
    expect(stateBytes).toBeGreaterThan(0);
    const text = await printed(statefulClassifier(3));
    expect(text).toMatch(new RegExp(`^ state +${stateBytes} B *$`, 'm'));
    const ram = 16 * Math.ceil(arenaBytes / 16) + stateBytes;
    expect(text).toMatch(new RegExp(`^ RAM +${ram} B`, 'm'));
  });
});

describe('flags', () => {
  const print = async (...args: readonly string[]) =>
    JSON.parse((await runWick(...args, '--json')).stdout) as Record<string, unknown>;
  const train = (...args: readonly string[]) =>
    print('train', '-c', config, '-d', data, '-o', join(folder, 'flags'), ...args);

  it('--epochs replaces what the configuration says', async () => {
    expect(await train()).toMatchObject({ name: 'bands', epochs: 4, parameters: 151 });
    expect(await train('--epochs', '2')).toMatchObject({ epochs: 2 });
  });

  it('--seed decides the initial parameters and the order of the samples', async () => {
    const weights = async (...args: readonly string[]) => {
      await train(...args);
      return (await readFolder(join(folder, 'flags'))).get('model.safetensors')?.toString('hex');
    };
    const first = await weights();
    expect(await weights('--seed', '1')).toBe(first); // The default.
    expect(await weights('--seed', '2')).not.toBe(first);
  });

  it('--samples decides how many training samples set the ranges', async () => {
    const int8 = async (...args: readonly string[]) => {
      const out = join(folder, 'samples');
      await print('quantize', build, '-d', data, '-o', out, ...args);
      return (await readFolder(out)).get('model.int8.wick.json')?.toString();
    };
    const all = await int8();
    expect(await int8('--samples', '1000')).toBe(all);
    expect(await int8('--samples', '1')).not.toBe(all);
  });

  it('--optimize and --debug decide what compile makes; the configuration is the default', async () => {
    const out = join(folder, 'optimize');
    const compile = (...args: readonly string[]) => print('compile', build, '-o', out, ...args);
    const size = await compile();
    const speed = await compile('--optimize', 'speed');
    expect([size.optimize, speed.optimize]).toEqual(['size', 'speed']);
    expect(speed.weightsBytes).toBeGreaterThan(size.weightsBytes as number);

    const fast = join(folder, 'fast.config.mjs');
    await writeFile(
      fast,
      `export default ${JSON.stringify({ ...tinyConfig, compile: { optimize: 'speed' } })};`,
    );
    expect(await compile('--config', fast)).toEqual(speed);
    expect(await compile('--config', fast, '--optimize', 'size')).toEqual(size);

    expect((await readFolder(out)).get('model.wasm')?.includes('run_layer')).toBe(false);
    await compile('--debug');
    expect((await readFolder(out)).get('model.wasm')?.includes('run_layer')).toBe(true);
  });

  it('--ram and --flash refuse a model that needs more, with nothing written; flags go before the configuration', async () => {
    const out = join(folder, 'budgets');
    const { arenaBytes, weightsBytes, wasmBytes } = await print(
      'compile',
      build,
      '-o',
      join(folder, 'free'),
    );
    const [ram, flash] = [arenaBytes as number, (weightsBytes as number) + (wasmBytes as number)];
    const tight = join(folder, 'tight.config.mjs');
    const own = { ...tinyConfig, compile: { ram: ram - 1, flash: '1M' } };
    await writeFile(tight, `export default ${JSON.stringify(own)};`);
    for (const args of [
      ['--ram', `${ram - 1}`],
      ['--flash', `${flash - 1}`],
      ['--config', tight],
    ]) {
      const { code, stdout, stderr } = await runWick('compile', build, '-o', out, ...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^error: bands: model needs more (RAM|flash) than its budget: .+\n$/);
    }
    expect((await readFolder(out)).size).toBe(0);
    const fits = ['--ram', `${ram}`, '--flash', `${flash}`];
    await print('compile', build, '-o', out, '--config', tight, ...fits);
    expect((await readFolder(out)).has('model.json')).toBe(true);
  });

  it('compile prints what the model takes, and what sets it', async () => {
    const out = join(folder, 'figures');
    const description = await print('compile', build, '-o', out);
    expect(description).toMatchObject({
      lowerBoundBytes: expect.any(Number),
      peakLayer: expect.any(String),
    });
    const { stdout } = await runWick('compile', build, '-o', out, '--ram', '64k');
    const lines = stdout.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));
    const bytes = (key: string) => `${(description[key] as number).toLocaleString('en-US')} B`;
    expect(lines).toEqual(
      expect.arrayContaining([
        `arena | ${bytes('arenaBytes')} | lower bound ${bytes('lowerBoundBytes')}`,
        `peak layer | ${description.peakLayer}`,
        `RAM | ${bytes('arenaBytes')} | of 65,536 B`,
        `weights | ${bytes('weightsBytes')} | layout for size`,
        `Wasm | ${bytes('wasmBytes')} | model.wasm without data`,
        `MACs | ${(description.macs as number).toLocaleString('en-US')}`,
      ]),
    );
  });

  it('--weights and --window decide how model.wasm gets at its weights', async () => {
    const out = join(folder, 'weights');
    const compile = (...args: readonly string[]) => print('compile', build, '-o', out, ...args);
    expect(await compile()).toMatchObject({ weights: 'embedded' });
    expect(await compile('--weights', 'xip')).toMatchObject({ weights: 'xip' });
    const streamed = await compile('--weights', 'stream', '--window', '256');
    expect(streamed).toMatchObject({
      weights: 'stream',
      stream: { windowBytes: expect.any(Number), callsPerInference: expect.any(Number) },
    });

    const file = join(folder, 'stream.config.mjs');
    const own = { ...tinyConfig, compile: { weights: 'stream', window: 256 } };
    await writeFile(file, `export default ${JSON.stringify(own)};`);
    expect(await compile('--config', file)).toEqual(streamed);
    expect(await compile('--config', file, '--weights', 'xip')).toMatchObject({ weights: 'xip' });

    const { stdout } = await runWick('compile', build, '-o', out, '--weights', 'stream');
    expect(stdout).toMatch(
      /window +[\d,]+ B *\n.*host calls +\d +an inference *\n.*copied +[\d,]+ B +an inference/,
    );
  });

  it('run and eval take a streamed module with the weights.bin beside it', async () => {
    const out = join(folder, 'streamed');
    await print('compile', build, '-o', out, '--weights', 'stream', '--window', '256');
    const module = join(out, 'model.wasm');
    expect(await print('run', module, raw)).toEqual(await print('run', build, raw));
    const { int8 } = await print('eval', build, '-d', data);
    expect(await print('eval', module, '-d', data)).toMatchObject({ int8 });
    await rm(join(out, 'weights.bin'));
    const { code, stderr } = await runWick('run', module, raw);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `error: ${module}: module has its weights elsewhere (stream): expected weights.bin with it, received the module alone; 'wick compile' writes both into one folder: keep them together\n`,
    );
  });

  it('a data folder in the configuration is found from the configuration', async () => {
    const relative = join(folder, 'relative.config.mjs');
    const own = { ...tinyConfig, data: { directory: 'data' } };
    await writeFile(relative, `export default ${JSON.stringify(own)};`);
    const outcome = await runWick('train', '-c', relative, '-o', join(folder, 'flags'));
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
  });
});
