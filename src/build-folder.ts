import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { CompiledModel } from './compile/compile.ts';
import type { ModelDescription } from './compile/description.ts';
import { check, parseJson } from './schema.ts';
import type { TrainHistory } from './train/history.ts';
import { fileError, readBytes, writeFiles } from './write-files.ts';

/** The files of a build folder, one for each artifact. */
export const buildFiles = {
  floatGraph: 'model.wick.json',
  int8Graph: 'model.int8.wick.json',
  history: 'training.json',
  wasm: 'model.wasm',
  simdWasm: 'model.simd.wasm',
  weights: 'weights.bin',
  header: 'model.h',
  description: 'model.json',
  report: 'report.html',
} as const;

/** The path of an artifact in a build folder. */
export function artifact(directory: string, file: keyof typeof buildFiles): string {
  return join(directory, buildFiles[file]);
}

/**
 * Makes a build folder where there is none. Throws a WickError where nothing can be written there: better before a long
 * run than after it.
 */
export async function prepareFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw fileError(error, directory, 'write');
  }
}

/** Writes what `compile` made. */
export async function writeCompiled(directory: string, model: CompiledModel): Promise<void> {
  await writeFiles(
    directory,
    new Map<string, Uint8Array | string>([
      [buildFiles.wasm, model.wasm],
      [buildFiles.simdWasm, model.simdWasm],
      [buildFiles.weights, model.weights],
      [buildFiles.header, model.header],
      [buildFiles.description, `${JSON.stringify(model.description, null, 2)}\n`],
    ]),
  );
}

/** Reads `model.json`. Throws a WickError where it is missing or no model description. */
export async function readModelDescription(directory: string): Promise<ModelDescription> {
  const schema = v.looseObject({
    name: v.string(),
    optimize: v.picklist(['speed', 'size']),
    layers: v.array(v.looseObject({ name: v.string(), op: v.string() })),
    buffers: v.array(v.looseObject({ name: v.string(), offset: v.number(), bytes: v.number() })),
    wasmBytes: v.number(),
    weightsBytes: v.number(),
    arenaBytes: v.number(),
  });
  return (await readJson(
    artifact(directory, 'description'),
    schema,
  )) as unknown as ModelDescription;
}

/** Writes the record of a training run. */
export async function writeHistory(directory: string, history: TrainHistory): Promise<void> {
  await writeFiles(directory, new Map([[buildFiles.history, `${JSON.stringify(history)}\n`]]));
}

/** Reads the record of a training run. Throws a WickError where it is missing or malformed. */
export async function readHistory(directory: string): Promise<TrainHistory> {
  const schema = v.object({
    stepLosses: v.array(v.number()),
    epochs: v.array(
      v.object({
        epoch: v.number(),
        loss: v.number(),
        accuracy: v.number(),
        testAccuracy: v.number(),
      }),
    ),
    imagesPerSecond: v.number(),
  });
  return await readJson(artifact(directory, 'history'), schema);
}

async function readJson<T>(path: string, schema: v.GenericSchema<unknown, T>): Promise<T> {
  return check(schema, parseJson(await readBytes(path), path), path);
}
