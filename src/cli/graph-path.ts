import { dirname } from 'node:path';
import { artifact } from '../build-folder.ts';
import { graphExtension } from '../graph/files.ts';

/** The graph file that a path means (a build folder means one of its own), and the folder to write to. */
export function graphPath(
  path: string,
  file: 'floatGraph' | 'int8Graph',
  out: string | undefined,
): { readonly graph: string; readonly directory: string } {
  const isFile = path.endsWith(graphExtension);
  return {
    graph: isFile ? path : artifact(path, file),
    directory: out ?? (isFile ? dirname(path) : path),
  };
}
