import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { artifact } from '../build-folder.ts';
import { readBytes } from '../write-files.ts';
import { type LoadedModel, loadModel, readDescription } from './model.ts';

/**
 * Instantiates the compiled model in a file. Weights that are not in the module are read from the weights.bin beside it.
 * Throws a WickError where the file is missing, or as {@link loadModel} does.
 */
export async function loadModelFile(path: string): Promise<LoadedModel> {
  const bytes = await readBytes(path);
  const weights = artifact(dirname(path), 'weights');
  const external = readDescription(bytes, path).weights !== 'embedded' && existsSync(weights);
  return loadModel(bytes, path, external ? await readBytes(weights) : undefined);
}
