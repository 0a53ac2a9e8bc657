import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ModelDescription } from '../../src/compile/description.ts';
import { writePng } from '../../src/data/png.ts';
import { sampleAt } from '../../src/data/select.ts';
import type { Answer } from '../../src/runtime/run.ts';
import { runWick } from '../support/cli.ts';
import { temporaryFolder } from '../support/folder.ts';
import { buildTiny, tinyConfig, tinyDataset, writeDataset } from '../support/tiny-project.ts';

const folder = await temporaryFolder();
const [build, float, data] = ['build', 'float', 'data'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const [png, raw] = [join(folder, 'image.png'), join(folder, 'image.f32')];
const pixels = sampleAt(tinyDataset.test, 5) as Uint8Array;
const { scale } = tinyDataset.test;

const json = async <T>(...args: readonly string[]): Promise<T> => {
  const { code, stdout, stderr } = await runWick(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
};
const types = ({ inputs, outputs }: ModelDescription) =>
  [...inputs, ...outputs].map(({ dtype }) => dtype);
const both = ['--input-type', 'float32', '--output-type', 'float32'];
const compile = (...args: readonly string[]) => json<ModelDescription>('compile', build, ...args);

beforeAll(async () => {
  await buildTiny(build);
  await writeDataset(data, tinyDataset);
  await writeFile(png, writePng(pixels, [8, 8, 1]));
  await writeFile(raw, new Uint8Array(Float32Array.from(pixels, (value) => scale * value).buffer));
  await compile('-o', float, ...both);
});

describe('--input-type and --output-type', () => {
  it('decide the types of what a model takes and gives; the configuration is the default', async () => {
    const out = join(folder, 'out');
    expect(types(await compile('-o', out))).toEqual(['int8', 'int8']);
    expect(types(await compile('-o', out, '--input-type', 'float32'))).toEqual(['float32', 'int8']);
    expect(types(await compile('-o', out, '--output-type', 'float32'))).toEqual([
      'int8',
      'float32',
    ]);
    const config = join(folder, 'float.config.mjs');
    const stated = { ...tinyConfig, compile: { inputType: 'float32', outputType: 'float32' } };
    await writeFile(config, `export default ${JSON.stringify(stated)};`);
    expect(types(await compile('-o', out, '-c', config))).toEqual(['float32', 'float32']);
    expect(types(await compile('-o', out, '-c', config, '--input-type', 'int8'))).toEqual([
      'int8',
      'float32',
    ]);
    expect(await readFile(join(out, 'model.h'), 'utf8')).toContain('OUTPUT_TYPE float\n');
  });

  it('are refused with another type', async () => {
    const { code, stderr } = await runWick('compile', build, '--input-type', 'float16');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/'float16' is invalid\. Allowed choices are int8, float32/i);
  });
});

describe('a build with float32 inputs and outputs', () => {
  it('gives the answer of the int8 build for a PNG, its outputs as real numbers', async () => {
    const [int8, real] = [
      await json<Answer>('run', build, png),
      await json<Answer>('run', float, png),
    ];
    expect(real.label).toBe(int8.label);
    const text = await readFile(join(build, 'model.json'), 'utf8');
    const [port] = (JSON.parse(text) as ModelDescription).outputs;
    const { scale: step = 0, zeroPoint = 0 } = port ?? {};
    expect(real.scores).toEqual(
      int8.scores.map(({ output, ...rest }) => ({
        ...rest,
        score: expect.closeTo(rest.score, 6),
        output: Math.fround(step * (output - zeroPoint)),
      })),
    );
  });

  it('runs on raw float32 values, in either module', async () => {
    const expected = await json<Answer>('run', float, png);
    for (const model of [float, join(float, 'model.wasm')]) {
      expect(await json('run', model, raw)).toEqual(expected);
    }
  });

  it('is tapped as it is: float32 at its borders, int8 between them', async () => {
    const tapped = join(folder, 'tapped');
    const { tap, ...answer } = await json<Answer & { tap: object }>(
      ...['run', float, raw, '--tap', tapped],
    );
    expect(answer).toEqual(await json('run', float, raw));
    const { tensors } = JSON.parse(await readFile(join(tapped, 'index.json'), 'utf8')) as {
      tensors: readonly { file: string; dtype: string; bytes: number }[];
    };
    expect(tap).toEqual({ directory: tapped, tensors: tensors.length });
    expect(tensors.map(({ dtype }) => dtype)).toEqual([
      ...['float32', ...new Array(tensors.length - 2).fill('int8'), 'float32'],
    ]);
    const [input] = tensors;
    expect(await readFile(join(tapped, input?.file ?? ''))).toEqual(await readFile(raw));
  });

  it('prints outputs with as many digits as float32 has', async () => {
    const { stdout } = await runWick('run', float, png);
    const outputs = stdout
      .trimEnd()
      .split('\n')
      .slice(2)
      .map((row) => row.trim().split(/\s+/)[2] ?? '');
    expect(outputs).toHaveLength(3);
    for (const output of outputs) expect(output).toMatch(/^-?\d+(\.\d+)?$/);
    expect(Math.max(...outputs.map(({ length }) => length))).toBeLessThanOrEqual(10);
  });

  it('refuses raw values of another size, and says how many bytes it needs', async () => {
    const short = join(folder, 'image.int8');
    await writeFile(short, pixels);
    const { code, stderr } = await runWick('run', float, short);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'input has the wrong size: expected a .png file, or 64 raw float32 values (256 bytes), received 64 bytes',
    );
  });

  it('has the accuracy of the int8 build, alone and in a comparison', async () => {
    const evaluated = (path: string) => json<{ int8: object }>('eval', path, '-d', data);
    const expected = (await evaluated(build)).int8;
    expect((await evaluated(float)).int8).toEqual(expected);
    const { models } = await json<{ models: readonly Record<string, unknown>[] }>(
      ...['compare', join(build, 'model.wasm'), float, '-d', data],
    );
    const [first, second] = models;
    expect(second).toEqual(first);
  });

  it('has a report that names its types', async () => {
    await json('report', float, '-d', data);
    expect(await readFile(join(float, 'report.html'), 'utf8')).toContain(
      'float32 1x8x8x1 to float32 1x3',
    );
  });
});
