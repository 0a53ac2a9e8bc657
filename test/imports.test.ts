import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../src', import.meta.url));

/** The files that a source file imports when it runs; types are gone by then. */
function importsOf(file: string): string[] {
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )(?:([^;]*?) from )?'(\.[^']+)';/gm,
  );
  return [...statements]
    .filter(([, names]) => names === undefined || !/^\{(\s*type [^,}]+,?)+\s*\}$/.test(names))
    .map(([, , path]) => join(dirname(file), path as string))
    .filter((path) => existsSync(path));
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(root, file));

/** A way from a file back to itself, or undefined. */
function findCycle(start: string): string[] | undefined {
  const seen = new Set<string>();
  const follow = (file: string, way: readonly string[]): string[] | undefined => {
    for (const next of importsOf(file)) {
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = follow(next, [...way, next]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return follow(start, [start]);
}

describe('the sources', () => {
  it('are found, and so are their imports', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(importsOf(join(root, 'ops/conv2d.ts'))).toContain(join(root, 'errors.ts'));
  });

  // In a cycle a module may run before what it imports: whether it works then hangs on who imports it first.
  it('import one another without cycles', () => {
    const cycles = files
      .map(findCycle)
      .filter((cycle) => cycle !== undefined)
      .map((cycle) => cycle.map((file) => relative(root, file)).join(' -> '));
    expect(cycles).toEqual([]);
  });
});
