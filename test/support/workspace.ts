import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { runWick } from './cli.ts';
import { readFolder, temporaryFolder } from './folder.ts';
import { buildTiny, tinyDataset, writeDataset } from './tiny-project.ts';

/** A folder in which command lines are tried, with what they need. */
export interface Workspace {
  /** A folder with the tiny data set. */
  readonly data: string;
  /** A build folder of the tiny project. */
  readonly build: string;
  /** Raw int8 values that fit its input. */
  readonly raw: string;
  /** Where a verb that is to fail shall write: it must stay empty. */
  readonly out: string;
  /** A path that is not there yet; another one each time. */
  path(name: string): string;
  /** Writes a configuration and returns its path. */
  writeConfig(config: unknown): Promise<string>;
  /** Expects a command line to fail with exactly this line on standard error, and to leave nothing in `out`. */
  expectRefusal(args: readonly string[], line: string): Promise<void>;
}

/** A workspace for the tests of one file, filled before they run and removed after them. */
export async function createWorkspace(): Promise<Workspace> {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const build = join(folder, 'build');
  const raw = join(folder, 'input.int8');
  const out = join(folder, 'out');
  let made = 0;
  const path = (name: string) => join(folder, `${++made}-${name}`);

  beforeAll(async () => {
    await writeDataset(data, tinyDataset);
    await buildTiny(build);
    await writeFile(raw, new Uint8Array(64));
  });

  return {
    data,
    build,
    raw,
    out,
    path,
    async writeConfig(config) {
      const file = path('wick.config.mjs');
      await writeFile(file, `export default ${JSON.stringify(config)};`);
      return file;
    },
    async expectRefusal(args, line) {
      const outcome = await runWick(...args);
      expect(outcome).toEqual({ code: 1, stdout: '', stderr: `error: ${line}\n` });
      expect([...(await readFolder(out)).keys()]).toEqual([]);
    },
  };
}
