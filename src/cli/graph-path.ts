import { dirname } from 'node:path';
import { findArtifact } from '../build-folder.ts';
import { graphExtension } from '../graph/files.ts';

/**
 * The graph file that a path means (a build folder means one of its own), and the folder to write to. Throws a WickError
 * where the path is neither, or the folder lacks the graph.
 */
export async function graphPath(
  path: string,
  file: 'floatGraph' | 'int8Graph',
  out: string | undefined,
): Promise<{ readonly graph: string; readonly directory: string }> {
  const isFile = path.endsWith(graphExtension);
  return {
    graph: isFile ? path : await findArtifact(path, file, `a ${graphExtension} file`),
    directory: out ?? (isFile ? dirname(path) : path),
  };
}
