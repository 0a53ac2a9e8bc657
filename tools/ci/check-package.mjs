// Packs the package as it would be published, installs it in an empty folder and runs it there.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'wick-package-'));
const npm = (args, cwd) => execFileSync('npm', args, { cwd, encoding: 'utf8' });
try {
  const root = new URL('../..', import.meta.url).pathname;
  const [{ filename, unpackedSize }] = JSON.parse(
    npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  );
  writeFileSync(
    join(folder, 'package.json'),
    '{ "name": "user", "private": true, "type": "module" }',
  );
  npm(['install', '--no-audit', '--no-fund', join(folder, filename)], folder);
  const program = `
    import { buildGraph, compile, dense, flatten, loadModel, quantize } from 'wick';
    const labels = ['a', 'b'];
    const layers = [flatten(), dense({ units: 2 })];
    const graph = buildGraph({ name: 'tiny', inputShape: [4, 4, 1], layers, labels, seed: 1 });
    const data = Uint8Array.from({ length: 160 }, (_, i) => i);
    const calibration = { data, shape: [4, 4, 1], scale: 1 / 255, zeroPoint: 0, labels: new Uint8Array(10), count: 10 };
    const model = await loadModel(compile(await quantize(graph, { calibration })).wasm);
    if (model.infer([new Int8Array(16)])[0].length !== 2) throw new Error('no answer');
  `;
  writeFileSync(join(folder, 'program.mjs'), program);
  execFileSync(process.execPath, ['program.mjs'], { cwd: folder, stdio: 'inherit' });
  execFileSync('npx', ['--no-install', 'wick', '--version'], { cwd: folder, stdio: 'inherit' });
  console.log(`the package installs and runs; ${unpackedSize} bytes unpacked`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
