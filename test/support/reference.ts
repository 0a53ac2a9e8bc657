import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder with reference data, beside the checkout or where WICK_REFERENCE says; undefined where there is none. */
export const referenceFolder: string | undefined = [
  process.env.WICK_REFERENCE,
  fileURLToPath(new URL('../../../shared', import.meta.url)),
].find((folder) => folder !== undefined && existsSync(`${folder}/cmsisnn_cases`));

/** One case of CMSIS-NN's unit tests. Arrays are flat, NHWC. */
export interface CmsisCase {
  readonly name: string;
  readonly params: { readonly [key: string]: unknown };
  readonly data: Readonly<Record<string, readonly number[] | undefined>>;
}

/** Every case of an op; none where the reference folder is absent. */
export function cmsisCases(op: string): readonly CmsisCase[] {
  if (referenceFolder === undefined) return [];
  const folder = `${referenceFolder}/cmsisnn_cases/${op}`;
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const { params, data } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'));
      return { name: file.slice(0, -'.json'.length), params, data };
    });
}
