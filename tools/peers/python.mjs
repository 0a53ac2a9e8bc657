// Installs the Python packages of requirements.txt into a virtual environment here, where there is a Python that can make
// one. Without it the tests that need them say so.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const run = (command, ...args) => spawnSync(command, args, { stdio: 'inherit' }).status === 0;

const made =
  run('python3', '-m', 'venv', here('python')) &&
  run(
    here('python/bin/python'),
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
    ...['--only-binary', ':all:', '-r', here('requirements.txt')],
  );
if (!made) {
  console.error(
    'no LiteRT and TFLite Micro: they need Python 3.11 or later with venv (apt-get install python3-venv)',
  );
  if (process.env.WICK_REQUIRE_ALL === '1') process.exitCode = 1;
}
