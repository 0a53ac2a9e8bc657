import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { artifact } from '../../src/build-folder.ts';
import { findDebug, openCompiled, openDebug } from '../../src/evaluate/debug.ts';
import { ioTypes } from '../../src/graph/types.ts';
import { compileStep } from '../../src/steps.ts';
import { temporaryFolder } from '../support/folder.ts';
import { smallClassifier } from '../support/networks.ts';
import { buildTiny } from '../support/tiny-project.ts';

const folder = await temporaryFolder();
const build = join(folder, 'build');
const noLayers = 'module has no run_layer, so that its layers cannot be told apart';

let tiny: Awaited<ReturnType<typeof buildTiny>>;
beforeAll(async () => {
  tiny = await buildTiny(build);
});

describe('openDebug', () => {
  it('compiles the graph of a build folder once more, for its v128 module', async () => {
    const { debug, description } = await openDebug(build);
    expect(debug.variant).toBe('simd');
    expect(description.weightsSha256).toBe(tiny.compiled.description.weightsSha256);
  });

  it.each(ioTypes.flatMap((inputType) => ioTypes.map((outputType) => ({ inputType, outputType }))))(
    'has the inputs and outputs of the build: $inputType to $outputType',
    async (types) => {
      const out = join(folder, `${types.inputType}-${types.outputType}`);
      await mkdir(out);
      for (const name of ['model.int8.wick.json', 'model.int8.safetensors']) {
        await copyFile(join(build, name), join(out, name));
      }
      await compileStep(tiny.int8, out, types);
      const { model } = await openCompiled(out);
      const { debug, description } = await openDebug(out);
      expect(description).toEqual({ ...model.description, arenaBytes: description.arenaBytes });
      expect(debug.tensors[0]?.dtype).toBe(types.inputType);
      expect(debug.tensors.at(-1)?.dtype).toBe(types.outputType);
    },
  );

  it('takes a debug build as it is', async () => {
    const out = join(folder, 'debug');
    await compileStep(tiny.int8, out, { debug: true });
    expect((await openDebug(out)).debug.variant).toBe('simd');
    expect((await openDebug(artifact(out, 'wasm'))).debug.variant).toBe('scalar');
  });

  const noGraph = (directory: string, received: string) =>
    `${artifact(directory, 'simdWasm')}: ${noLayers}: expected its graph beside it, ${artifact(directory, 'int8Graph')}, to compile it from once more, received ${received}; compile the model into this folder again, which writes the graph too, or add '--debug'`;

  it('says what to do where neither is there', async () => {
    const file = artifact(build, 'wasm');
    await expect(openDebug(file)).rejects.toThrow(
      `${file}: ${noLayers}; compile it with 'wick compile --debug', or name a build folder that holds the int8 graph`,
    );
    const alone = join(folder, 'alone');
    await mkdir(alone);
    await copyFile(artifact(build, 'simdWasm'), artifact(alone, 'simdWasm'));
    await expect(openDebug(alone)).rejects.toThrow(noGraph(alone, 'no graph'));
    expect(await findDebug(alone)).toBeUndefined();
  });

  it('does not mix a module with the graph of another model', async () => {
    const mixed = join(folder, 'mixed');
    await compileStep(smallClassifier(9), mixed, {});
    for (const name of ['model.int8.wick.json', 'model.int8.safetensors']) {
      await copyFile(join(build, name), join(mixed, name));
    }
    await expect(openDebug(mixed)).rejects.toThrow(noGraph(mixed, 'the graph of another model'));
    expect(await findDebug(mixed)).toBeUndefined();
  });
});
