import { existsSync } from 'node:fs';
import { artifact, findArtifact } from '../build-folder.ts';
import { compile } from '../compile/compile.ts';
import type { ModuleDescription, PortDescription } from '../compile/description.ts';
import { WickError } from '../errors.ts';
import { loadGraph } from '../graph/files.ts';
import type { IoTypes } from '../graph/types.ts';
import { weightsSha256 } from '../graph/weights.ts';
import { isGraphFile } from '../import/open-graph.ts';
import { loadModelFile } from '../runtime/load-file.ts';
import { type LoadedModel, loadModel } from '../runtime/model.ts';
import {
  compileForDebug,
  type DebugAdvice,
  type DebugModel,
  isDebug,
  requireDebug,
} from '../runtime/tap.ts';

/**
 * The compiled model that a path means, a build folder (its v128 module) or a .wasm file. Throws a WickError where it is
 * neither.
 */
export async function openCompiled(
  path: string,
): Promise<{ readonly file: string; readonly model: LoadedModel }> {
  if (isGraphFile(path)) {
    throw new WickError({
      what: 'not a compiled model',
      where: path,
      expected: 'a build folder or a .wasm file',
      received: 'a graph',
      hint: "compile it with 'wick compile'",
    });
  }
  const file = path.endsWith('.wasm') ? path : await findArtifact(path, 'simdWasm', 'a .wasm file');
  return { file, model: await loadModelFile(file) };
}

/**
 * The model that {@link openCompiled} opens, as a debug build: itself where it is one; of a build folder that holds the
 * int8 graph too, the module that is compiled from it again, from the same kernels, with the same inputs and outputs. Throws a
 * WickError where there is neither, and says what to do.
 */
export async function openDebug(path: string): Promise<DebugModel> {
  const { file, model } = await openCompiled(path);
  const found = await debugOf(path, model);
  return 'debug' in found ? found : requireDebug(model, file, found);
}

/** See {@link openDebug}; undefined where there is neither. */
export async function findDebug(path: string): Promise<DebugModel | undefined> {
  const found = await debugOf(path, (await openCompiled(path)).model);
  return 'debug' in found ? found : undefined;
}

/** A debug build of what a path means, or why there is none and what to do. */
async function debugOf(path: string, model: LoadedModel): Promise<DebugModel | DebugAdvice> {
  if (isDebug(model)) return model;
  if (path.endsWith('.wasm')) return compileForDebug;
  const file = artifact(path, 'int8Graph');
  const lacking = (received: string): DebugAdvice => ({
    expected: `its graph beside it, ${file}, to compile it from once more`,
    received,
    hint: "compile the model into this folder again, which writes the graph too, or add '--debug'",
  });
  if (!existsSync(file)) return lacking('no graph');
  const graph = await loadGraph(file);
  // Another graph than the module's tells nothing about the module.
  if (weightsSha256(graph) !== model.description.weightsSha256) {
    return lacking('the graph of another model');
  }
  const { simdWasm } = compile(graph, { ...ioTypesOf(model.description), debug: true });
  return requireDebug(await loadModel(simdWasm, path), path);
}

/** The types of inputs and outputs that a module was compiled with; none where the graph's own are not all alike. */
function ioTypesOf({ inputs, outputs }: ModuleDescription): IoTypes {
  const typeOf = (ports: readonly PortDescription[]) =>
    ports.every(({ dtype }) => dtype === 'float32') ? 'float32' : undefined;
  return { inputType: typeOf(inputs), outputType: typeOf(outputs) };
}
