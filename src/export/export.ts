import { basename, dirname, join } from 'node:path';
import { buildFiles } from '../build-folder.ts';
import { compile } from '../compile/compile.ts';
import { WickError } from '../errors.ts';
import { graphExtension, saveGraph, weightsPathOf } from '../graph/files.ts';
import { type Graph, isQuantized } from '../graph/types.ts';
import { tfliteExtension } from '../import/open-graph.ts';
import type { NativeOptions } from '../native/model.ts';
import { writeFiles } from '../write-files.ts';
import { writeCProject } from './c-project/write.ts';
import { exportTflite } from './tflite/export.ts';

/** The formats that a graph can be written in. */
export const exportFormats = ['tflite', 'c', 'c-project', 'json'] as const;

/**
 * A format that a graph can be written in: a TensorFlow Lite file, a blob with its C header, a folder of C that runs the model,
 * or the readable graph.
 */
export type ExportFormat = (typeof exportFormats)[number];

/** How the C's model is compiled: the layout of its weights, the types of inputs and outputs, and what its code checks. */
export type ExportOptions = NativeOptions;

/** What names of files end in, where a format is one file; a format of several is given a folder. */
const extensions = { tflite: tfliteExtension, json: graphExtension } as const;

/** The path of a format's one file: the path itself where it names one, else that file in the folder which it names. */
function fileOf(graph: Graph, format: 'tflite' | 'json', out: string): string {
  const extension = extensions[format];
  if (out.endsWith(extension)) return out;
  return join(out, `${isQuantized(graph) ? 'model.int8' : 'model'}${extension}`);
}

/**
 * Writes a graph in a format: `tflite` as one .tflite file, int8 or float, `json` as .wick.json with its weights file
 * beside it, `c` as `weights.bin` and `model.h` of the compiled graph, `c-project` as a folder that any firmware can take in.
 * Returns the paths.
 *
 * @param out a folder, or for `tflite` and `json` a file whose name ends accordingly
 * @throws WickError where the graph cannot be said in the format, or the system refuses
 */
export async function exportModel(
  graph: Graph,
  format: ExportFormat,
  out: string,
  options: ExportOptions = {},
): Promise<readonly string[]> {
  if (format === 'tflite') {
    const path = fileOf(graph, format, out);
    await writeFiles(dirname(path), new Map([[basename(path), exportTflite(graph)]]));
    return [path];
  }
  if (format === 'json') {
    const path = fileOf(graph, format, out);
    await saveGraph(graph, path);
    return [path, weightsPathOf(path)];
  }
  if (out.endsWith('.h') || out.endsWith('.bin')) {
    throw new WickError({
      what: 'the format is more than one file',
      where: out,
      expected: 'a folder',
      received: 'the name of a file',
    });
  }
  if (format === 'c-project') return writeCProject(graph, out, options);
  const { weights, header } = compile(graph, options);
  const files = new Map<string, Uint8Array | string>([
    [buildFiles.weights, weights],
    [buildFiles.header, header],
  ]);
  await writeFiles(out, files);
  return [...files.keys()].map((name) => join(out, name));
}
