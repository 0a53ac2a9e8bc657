import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { artifact, findArtifact } from '../build-folder.ts';
import { graphExtensions, isGraphFile, isTflite, modelName } from '../import/open-graph.ts';

/**
 * The graph file that a path means (a build folder means one of its own), and the folder to write to: that of the graph,
 * or for a model of another format `build/<name>`. Throws a WickError where the path is neither, or the folder lacks the
 * graph.
 */
export async function graphPath(
  path: string,
  file: 'floatGraph' | 'int8Graph',
  out: string | undefined,
): Promise<{ readonly graph: string; readonly directory: string }> {
  if (!isGraphFile(path)) {
    const graph = await findArtifact(path, file, `a ${graphExtensions} file`);
    return { graph, directory: out ?? path };
  }
  const directory = isTflite(path) ? importFolder(path) : dirname(path);
  return { graph: path, directory: out ?? directory };
}

/** {@link graphPath} of the newest graph of a build folder: the int8 one, or else the float one. */
export async function anyGraphPath(path: string): ReturnType<typeof graphPath> {
  const isFloat =
    existsSync(artifact(path, 'floatGraph')) && !existsSync(artifact(path, 'int8Graph'));
  return await graphPath(path, isFloat ? 'floatGraph' : 'int8Graph', undefined);
}

/** Where what is made of a model of another format goes: beside the other builds, not beside the model. */
export function importFolder(path: string): string {
  return join('build', modelName(path));
}
