import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stamp = join(root, 'node_modules', '.cache', 'wick', 'build.json');

/** What a build is made of. */
const sources = [
  'src',
  'assembly',
  'tools/generate.mjs',
  'test/support/cases',
  'package.json',
  'asconfig.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/**
 * Builds dist where it is not what the last build here made of the sources as they are now: tests that start the CLI run
 * what is being tested, never an old build.
 */
export function setup(): void {
  const from = hash(sources);
  const made = () => JSON.stringify({ sources: from, dist: hash(['dist']) });
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === made()) return;
  // Both streams of the build go to standard error: the compiler tells its errors on standard output.
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, made());
}

/** SHA-256 of the names and contents of these files and folders, generated sources left out. */
function hash(paths: readonly string[]): string {
  const sum = createHash('sha256');
  for (const path of paths.flatMap(filesOf)) {
    if (path.endsWith('.generated.ts')) continue;
    sum.update(`${path}\0`).update(readFileSync(join(root, path)));
  }
  return sum.digest('hex');
}

function filesOf(path: string): string[] {
  const absolute = join(root, path);
  if (!existsSync(absolute)) return [];
  if (statSync(absolute).isFile()) return [path];
  return readdirSync(absolute)
    .sort()
    .flatMap((name) => filesOf(`${path}/${name}`));
}
