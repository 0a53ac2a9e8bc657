import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { locatePackageData } from '../../src/data/locate.ts';
import { WickError } from '../../src/errors.ts';

let directory: string;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'wick-locate-')));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const name = 'a-data-package-for-this-test';

describe('locatePackageData', () => {
  it('finds the folder data of a package from the first base that sees it', async () => {
    const root = join(directory, 'project', 'node_modules', name);
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'package.json'), '{}');
    const bases = [join(directory, 'elsewhere', '/'), join(directory, 'project', '/')];
    expect(locatePackageData(name, bases)).toBe(join(root, 'data'));
  });

  it('says how to install a package that is not there', () => {
    const locate = () => locatePackageData(name, [join(directory, '/'), import.meta.url]);
    expect(locate).toThrow(WickError);
    expect(locate).toThrow(`npm install ${name}, or give a directory of IDX files with --data DIR`);
  });
});
