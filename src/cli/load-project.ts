import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { messageOf, WickError } from '../errors.ts';
import { type Config, type Project, presetNames, resolveProject } from '../project.ts';

const configNames = ['wick.config.ts', 'wick.config.mts', 'wick.config.js', 'wick.config.mjs'];

/** What a command line says about its project. */
export interface ProjectOptions {
  /** The name of a preset, instead of a configuration file. */
  readonly preset?: string | undefined;
  readonly config?: string | undefined;
  readonly seed?: number | undefined;
  readonly epochs?: number | undefined;
  readonly optimize?: 'size' | 'speed' | undefined;
}

/**
 * The configuration file to use: the one named, or the one in this folder; undefined where there is none. Throws a
 * WickError where the one named does not exist.
 */
function findConfig(named: string | undefined): string | undefined {
  if (named !== undefined) {
    if (existsSync(named)) return resolve(named);
    throw new WickError({
      what: 'no such configuration file',
      where: named,
      expected: 'a file whose default export is defineConfig({ ... })',
      hint: `check the path, or name a preset instead: ${presetNames}`,
    });
  }
  return configNames.map((name) => join(process.cwd(), name)).find((path) => existsSync(path));
}

/**
 * Loads a configuration file, TypeScript or JavaScript. Throws a WickError where it cannot be run or has no default
 * export.
 */
async function loadConfig(path: string): Promise<Config> {
  const entry = fileURLToPath(new URL('../index.js', import.meta.url));
  // A configuration imports `wick`, which need not be installed beside it.
  const jiti = createJiti(import.meta.url, {
    alias: { wick: entry },
    fsCache: false,
    interopDefault: false,
  });
  const loaded = await jiti.import<{ readonly default?: Config }>(path).catch((error: unknown) => {
    if (error instanceof WickError) throw error;
    throw new WickError({
      what: `configuration cannot be loaded: ${messageOf(error)}`,
      where: path,
    });
  });
  if (loaded.default !== undefined) return loaded.default;
  throw new WickError({
    what: 'configuration has no default export',
    where: path,
    hint: 'export default defineConfig({ ... })',
  });
}

/**
 * The project that a command line means: a preset by name, or else a configuration file; undefined where there is
 * neither. Flags replace the project's settings. Throws a WickError where both are named, or the project is no sound
 * one.
 */
export async function findProject(options: ProjectOptions): Promise<Project | undefined> {
  const { preset, config, seed, epochs, optimize } = options;
  if (preset !== undefined && config !== undefined) {
    throw new WickError({
      what: 'two projects at once',
      where: 'command line',
      expected: 'a preset or --config',
      received: `preset '${preset}' and --config ${config}`,
    });
  }
  const path = preset === undefined ? findConfig(config) : undefined;
  if (preset === undefined && path === undefined) return undefined;
  const project =
    path === undefined
      ? resolveProject({ preset }, 'command line')
      : besideConfig(resolveProject(await loadConfig(path), path), path);
  return {
    ...project,
    ...(seed !== undefined && { seed }),
    ...(optimize !== undefined && { optimize }),
    training: { ...project.training, ...(epochs !== undefined && { epochs }) },
  };
}

/** The project with its data folder as the configuration file means it: relative to the file. */
function besideConfig(project: Project, path: string): Project {
  const { directory } = project.data;
  if (directory === undefined) return project;
  return { ...project, data: { ...project.data, directory: resolve(dirname(path), directory) } };
}

/** The project that a command line means. Throws a WickError where it names none. */
export async function loadProject(options: ProjectOptions): Promise<Project> {
  const project = await findProject(options);
  if (project !== undefined) return project;
  throw new WickError({
    what: 'no project to work on',
    where: process.cwd(),
    expected: `${configNames[0]} here, --config FILE, or a preset`,
    hint: `presets: ${presetNames}`,
  });
}
