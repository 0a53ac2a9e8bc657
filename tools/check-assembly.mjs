// Checks the AssemblyScript sources with Biome, or mends them (`--write`). Biome knows no decorators on functions: it
// sees a copy in which each of them is a comment. That what is left means something is for the compiler, asc, to check.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);
const biome = join(dirname(require.resolve('@biomejs/biome/package.json')), 'bin', 'biome');
const write = process.argv.includes('--write');

const mark = '// decorator:';
const hide = (source) => source.replace(/^( *)(@\w+)/gm, `$1${mark}$2`);
const restore = (source) => source.replaceAll(mark, '');

const copy = mkdtempSync(join(tmpdir(), 'wick-assembly-'));
try {
  cpSync(join(root, 'assembly'), join(copy, 'assembly'), { recursive: true });
  const files = readdirSync(copy, { recursive: true }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.generated.ts'),
  );
  for (const file of files) {
    writeFileSync(join(copy, file), hide(readFileSync(join(copy, file), 'utf8')));
  }
  // The project's rules, but for the one that keeps these files out, and one against a coercion that is not there.
  const { formatter, javascript, linter } = JSON.parse(
    readFileSync(join(root, 'biome.json'), 'utf8'),
  );
  const rules = { ...linter.rules, suspicious: { noDoubleEquals: 'off' } };
  writeFileSync(
    join(copy, 'biome.json'),
    JSON.stringify({ formatter, javascript, linter: { rules } }),
  );
  const args = ['check', ...(write ? ['--write'] : []), ...files];
  const { status } = spawnSync(process.execPath, [biome, ...args], { cwd: copy, stdio: 'inherit' });
  process.exitCode = status ?? 1;
  for (const file of write ? files : []) {
    const before = readFileSync(join(root, file), 'utf8');
    const after = restore(readFileSync(join(copy, file), 'utf8'));
    if (after !== before) writeFileSync(join(root, file), after);
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
