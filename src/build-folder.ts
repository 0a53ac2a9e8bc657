import { constants, existsSync } from 'node:fs';
import { access, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import type { CompiledModel } from './compile/compile.ts';
import { type ModelDescription, modelDescriptionSchema } from './compile/description.ts';
import { WickError } from './errors.ts';
import { graphExtension, weightsPathOf } from './graph/files.ts';
import { check, parseJson } from './schema.ts';
import type { TrainHistory } from './train/history.ts';
import { fileError, readBytes, writeFiles } from './write-files.ts';

/** The files of a build folder, one for each artifact. */
export const buildFiles = {
  floatGraph: 'model.wick.json',
  int8Graph: 'model.int8.wick.json',
  int8Tflite: 'model.int8.tflite',
  history: 'training.json',
  wasm: 'model.wasm',
  simdWasm: 'model.simd.wasm',
  weights: 'weights.bin',
  header: 'model.h',
  description: 'model.json',
  report: 'report.html',
} as const;

/** An artifact of a build folder. */
export type Artifact = keyof typeof buildFiles;

/** The steps that write artifacts: each reads what those before it wrote. */
const steps = ['train', 'quantize', 'compile', 'report'] as const;

/** A step that writes artifacts; the verb of the same name does it. */
export type BuildStep = (typeof steps)[number];

const writtenBy: Readonly<Record<Artifact, BuildStep>> = {
  floatGraph: 'train',
  history: 'train',
  int8Graph: 'quantize',
  int8Tflite: 'quantize',
  wasm: 'compile',
  simdWasm: 'compile',
  weights: 'compile',
  header: 'compile',
  description: 'compile',
  report: 'report',
};

/** The path of an artifact in a build folder. */
export function artifact(directory: string, file: Artifact): string {
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

/**
 * The path of an artifact that a build folder has to hold.
 *
 * @param alternative what else the path might have named, for errors
 * @throws WickError where the path is no folder, or the artifact is missing: then it says what writes it
 */
export async function findArtifact(
  path: string,
  file: Artifact,
  alternative?: string,
): Promise<string> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(error, path, 'read');
  });
  if (!found.isDirectory()) {
    throw new WickError({
      what: alternative === undefined ? 'not a build folder' : 'not a model',
      where: path,
      expected: `a build folder${alternative === undefined ? '' : ` or ${alternative}`}`,
      received: 'another file',
    });
  }
  if (existsSync(artifact(path, file))) return artifact(path, file);
  throw new WickError({
    what: `${buildFiles[file]} is missing`,
    where: path,
    hint: `'wick ${writtenBy[file]}' writes it`,
  });
}

/**
 * Removes what later steps made from the artifacts that a step has just replaced: it belongs to a model that is no longer
 * there. Throws a WickError where the system refuses.
 */
export async function removeOutdated(directory: string, step: BuildStep): Promise<void> {
  const later: readonly BuildStep[] = steps.slice(steps.indexOf(step) + 1);
  const outdated = (Object.keys(buildFiles) as Artifact[])
    .filter((file) => later.includes(writtenBy[file]))
    .map((file) => artifact(directory, file))
    .flatMap((path) => (path.endsWith(graphExtension) ? [path, weightsPathOf(path)] : [path]));
  for (const path of outdated) {
    await rm(path, { force: true }).catch((error: unknown) => {
      throw fileError(error, path, 'remove');
    });
  }
}

/** Writes the .tflite file of the int8 graph, or removes an old one where there is none. */
export async function writeTflite(directory: string, bytes: Uint8Array | undefined): Promise<void> {
  if (bytes !== undefined) {
    await writeFiles(directory, new Map([[buildFiles.int8Tflite, bytes]]));
    return;
  }
  const path = artifact(directory, 'int8Tflite');
  await rm(path, { force: true }).catch((error: unknown) => {
    throw fileError(error, path, 'remove');
  });
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
  return await readJson(artifact(directory, 'description'), modelDescriptionSchema);
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
