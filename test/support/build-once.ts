import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const stamp = join(root, 'dist', '.built-from');

/** What a build is made of. */
const sources = [
  'src',
  'assembly',
  'tools/generate.mjs',
  'package.json',
  'asconfig.json',
  'tsconfig.json',
  'tsconfig.build.json',
];

/**
 * Builds dist where it is not made from the sources as they are now: tests that start the CLI run what is being tested,
 * never an old build.
 */
export function setup(): void {
  const hash = hashOfSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  // Both streams of the build go to standard error: the compiler tells its errors on standard output.
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
  writeFileSync(stamp, hash);
}

function hashOfSources(): string {
  const hash = createHash('sha256');
  for (const path of sources.flatMap(filesOf)) {
    if (!path.endsWith('.generated.ts')) hash.update(path).update(readFileSync(join(root, path)));
  }
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [path];
  return readdirSync(join(root, path))
    .sort()
    .flatMap((name) => filesOf(`${path}/${name}`));
}
