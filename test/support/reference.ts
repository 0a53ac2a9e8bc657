import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { messageOf, WickError } from '../../src/errors.ts';
import { check, parseJson } from '../../src/schema.ts';

/** The folder with reference data, beside the checkout or where WICK_REFERENCE says; undefined where there is none. */
export const referenceFolder: string | undefined = [
  process.env.WICK_REFERENCE,
  fileURLToPath(new URL('../../../shared', import.meta.url)),
].find((folder) => folder !== undefined && existsSync(`${folder}/cmsisnn_cases`));

/** CMSIS-NN's cases in the reference folder. */
const casesFolder = referenceFolder === undefined ? undefined : `${referenceFolder}/cmsisnn_cases`;

/** One case of CMSIS-NN's unit tests. Arrays are flat, NHWC. */
export interface CmsisCase {
  readonly name: string;
  /** The file that it was read from, for what there is to say about it. */
  readonly where: string;
  readonly params: { readonly [key: string]: unknown };
  readonly data: Readonly<Record<string, readonly number[] | undefined>>;
}

const caseSchema = v.object({
  params: v.record(v.string(), v.unknown()),
  // What a case does not have is null.
  data: v.record(v.string(), v.nullable(v.array(v.pipe(v.number(), v.integer())))),
});

/** Reads a case. Throws a WickError that names the file where it is none. */
function readCase(file: string): CmsisCase {
  const { params, data } = check(caseSchema, parseJson(readFileSync(file), file), file);
  const present = Object.entries(data).flatMap(([key, values]) =>
    values === null ? [] : [[key, values] as const],
  );
  return { name: basename(file, '.json'), where: file, params, data: Object.fromEntries(present) };
}

function readCases(folder: string): readonly CmsisCase[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => readCase(join(folder, file)));
}

/**
 * Every case of a folder that is laid out like the reference's (`<op>/<case>.json`), by its op's folder. Throws a WickError
 * where there is no such folder, no case in it, or a file that is no case.
 */
export function readCaseFolders(folder: string): ReadonlyMap<string, readonly CmsisCase[]> {
  const problem = { where: folder, expected: '<op>/<case>.json' };
  let names: string[];
  try {
    names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    throw new WickError({ ...problem, what: 'cannot read cases', received: messageOf(error) });
  }
  const all = names.map((name) => [name, readCases(join(folder, name))] as const);
  const found = all.filter(([, cases]) => cases.length > 0);
  if (found.length === 0) throw new WickError({ ...problem, what: 'there are no cases' });
  return new Map(found);
}

/** Every case of an op; none where the reference folder is absent. */
export function cmsisCases(op: string): readonly CmsisCase[] {
  return casesFolder === undefined ? [] : readCases(`${casesFolder}/${op}`);
}

/** {@link readCaseFolders} of the reference folder; none where it is absent. */
export function allCmsisCases(): ReadonlyMap<string, readonly CmsisCase[]> {
  return casesFolder === undefined ? new Map() : readCaseFolders(casesFolder);
}
