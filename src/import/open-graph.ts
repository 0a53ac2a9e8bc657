import { basename, dirname, resolve } from 'node:path';
import { graphExtension, loadGraph } from '../graph/files.ts';
import type { Graph } from '../graph/types.ts';
import { readBytes } from '../write-files.ts';
import { importTflite } from './tflite/import.ts';

/** How the name of a TensorFlow Lite file ends. */
export const tfliteExtension = '.tflite';

/** How the names of files that hold a graph end, for messages. */
export const graphExtensions = `${graphExtension} or ${tfliteExtension}`;

/** Whether a path is that of a TensorFlow Lite file, by its name. */
export function isTflite(path: string): boolean {
  return path.endsWith(tfliteExtension);
}

/** Whether a path is that of a file which holds a graph, by its name. */
export function isGraphFile(path: string): boolean {
  return path.endsWith(graphExtension) || isTflite(path);
}

/** What a model is called: as its file, or as its folder where the file is just `model.tflite`. */
export function modelName(path: string): string {
  const name = basename(path, tfliteExtension);
  return name === 'model' ? basename(dirname(resolve(path))) || name : name;
}

/**
 * The graph of a .tflite file, int8 or float32; {@link modelName} says its name.
 *
 * @throws WickError where the file is missing, damaged, or holds what is not supported (docs/import.md)
 */
export async function importModel(path: string): Promise<Graph> {
  return importTflite(await readBytes(path), modelName(path), path).graph;
}

/** The graph of a .wick.json or a .tflite file. Throws a WickError that names the file where it holds none. */
export async function openGraph(path: string): Promise<Graph> {
  return await (isTflite(path) ? importModel(path) : loadGraph(path));
}
