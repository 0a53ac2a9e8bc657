import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/compile/compile.ts';
import { writePng } from '../../src/data/png.ts';
import { sampleAt } from '../../src/data/select.ts';
import { loadModel } from '../../src/runtime/model.ts';
import type { Answer } from '../../src/runtime/run.ts';
import { runWick } from '../support/cli.ts';
import { readFolder, temporaryFolder } from '../support/folder.ts';
import { createOpNetwork, quantization } from '../support/op-network.ts';
import { buildTiny, tinyDataset } from '../support/tiny-project.ts';

const folder = await temporaryFolder();
const build = join(folder, 'build');
const [png, inverted, raw] = ['image.png', 'inverted.PNG', 'image.int8'].map((name) =>
  join(folder, name),
) as [string, string, string];
const pixels = sampleAt(tinyDataset.test, 5) as Uint8Array;

const answer = async (...args: readonly string[]): Promise<Answer> =>
  JSON.parse((await runWick('run', ...args, '--json')).stdout);

beforeAll(async () => {
  await buildTiny(build);
  await writeFile(png, writePng(pixels, [8, 8, 1]));
  const dark = pixels.map((value) => 255 - value);
  await writeFile(inverted, writePng(dark, [8, 8, 1]));
  const int8 = pixels.map((value) => value - 128);
  await writeFile(raw, int8);
});

describe('wick run', () => {
  it('names the class and gives every score, best first, adding up to 1', async () => {
    const { label, index, scores } = await answer(build, png);
    expect({ label, index }).toEqual({ label: '2', index: 2 });
    expect(scores.map(({ index }) => index).sort()).toEqual([0, 1, 2]);
    expect(scores[0]).toMatchObject({ label, index });
    const values = scores.map(({ score }) => score);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  });

  it('answers the same for a PNG and raw int8 values, from a folder, either module or anywhere', async () => {
    const expected = await answer(build, png);
    expect(await answer(build, raw)).toEqual(expected);
    expect(await answer(join(build, 'model.wasm'), png)).toEqual(expected);
    expect(await answer(join(build, 'model.simd.wasm'), raw)).toEqual(expected);
  });

  it('--invert turns dark on light into light on dark', async () => {
    const expected = await answer(build, png);
    expect(await answer(build, inverted, '--invert')).toEqual(expected);
    expect(await answer(build, inverted)).not.toEqual(expected);
  });

  it('--scale says what a step of a pixel is worth; without it a warning says that one is missing', async () => {
    const network = createOpNetwork(7, { name: 'bytes' });
    const image = network.input('x', [1, 8, 8, 1], quantization(1, -128));
    network.add('reshape', 'flat', [image], { shape: [1, 64] });
    network.weighted('dense', 'y', 'flat', [3, 64], { activation: 'none' });
    const { simdWasm } = compile(network.graph(['y']));
    const module = join(folder, 'bytes.wasm');
    await writeFile(module, simdWasm);
    const expected = await answer(module, raw);
    const scaled = await runWick('run', module, png, '--scale', '1', '--json');
    expect(scaled).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(scaled.stdout)).toEqual(expected);
    const dark = await runWick('run', module, png, '--json');
    expect(JSON.parse(dark.stdout)).not.toEqual(expected);
    expect(dark.stderr).toMatch(
      /^warning: bytes: the \d+ different bytes of the samples fall into 2 of the 256 steps of the range of the input, 0 to 255; --scale 1 takes bytes one to one\n$/,
    );
    expect(await runWick('run', module, raw, '--scale', '1')).toEqual({
      code: 1,
      stdout: '',
      stderr: `error: ${raw}: --scale is for .png files only\n`,
    });
  });

  it('--tap writes every tensor on the way to the answer', async () => {
    const tapped = join(folder, 'tapped');
    const expected = await answer(build, png);
    expect(await answer(build, png, '--tap', tapped)).toEqual({
      ...expected,
      tap: { directory: tapped, tensors: 5 },
    });
    const files = await readFolder(tapped);
    const { tensors } = JSON.parse(files.get('index.json')?.toString() ?? '');
    expect(files.size).toBe(tensors.length + 1);
    const outputs = files.get(tensors.at(-1).file) ?? [];
    expect(Int8Array.from(outputs, (byte) => (byte << 24) >> 24)).toEqual(
      Int8Array.from({ length: 3 }, (_, index) => {
        return expected.scores.find((score) => score.index === index)?.output ?? 0;
      }),
    );
    const { stdout } = await runWick('run', build, png, '--tap', tapped);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`5 tensors in ${tapped}`);

    const none = join(folder, 'none');
    const { code, stderr } = await runWick('run', join(build, 'model.wasm'), png, '--tap', none);
    expect({ code, files: (await readFolder(none)).size }).toEqual({ code: 1, files: 0 });
    expect(stderr).toContain("compile it with 'wick compile --debug'");
  });

  it('prints the label on a line of its own, then the scores', async () => {
    const { scores } = await answer(build, png);
    const { stdout } = await runWick('run', build, png);
    const [label, head, ...rows] = stdout.trimEnd().split('\n');
    expect(label).toBe('2');
    expect(head?.trim().split(/\s+/)).toEqual(['class', 'score', 'output']);
    expect(rows.map((row) => row.trim().split(/\s+/))).toEqual(
      scores.map(({ label, score, output }) => [
        label,
        `${(100 * score).toFixed(2)}%`,
        `${output}`,
      ]),
    );
  });

  it('prints the value of a model that gives only one, which is no class', async () => {
    const network = createOpNetwork(3, { name: 'regression' });
    network.weighted('dense', 'y', network.input('x', [1, 4]), [1, 4], { activation: 'none' });
    const { simdWasm, description } = compile(network.graph(['y']));
    const [module, values] = [join(folder, 'regression.wasm'), Int8Array.of(90, -100, 7, 31)];
    const file = join(folder, 'values.int8');
    await writeFile(module, simdWasm);
    await writeFile(file, new Uint8Array(values.buffer));
    const [[output] = []] = (await loadModel(simdWasm)).infer([values]);
    const { scale = 0, zeroPoint = 0 } = description.outputs[0] ?? {};
    const value = scale * ((output as number) - zeroPoint);
    expect(value).not.toBe(0);
    expect(await answer(module, file)).toEqual({ value, output });
    const { code, stdout } = await runWick('run', module, file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${Number(value.toPrecision(7))}\n` });
  });
});
