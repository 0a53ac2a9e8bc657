// Builds the preset's firmware and holds QEMU to this host on 200 images of MNIST, by the commands of the README.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wick } from './wick.mjs';

const folder = mkdtempSync(join(tmpdir(), 'wick-device-'));
try {
  const build = join(folder, 'mnist-cnn');
  wick('train', 'mnist-cnn', '--epochs', '1', '--out', build);
  wick('quantize', build);
  wick('compile', build);
  const board = ['--board', 'netduinoplus2'];
  const firmware = wick('firmware', 'build', ...board, '--optimize', 'speed', build);
  const samples = ['--data', 'mnist', '--count', '200'];
  const verified = wick('device', 'verify', '--emulate', ...board, ...samples, build);
  const real = ['--board', 'nucleo-f446re'];
  wick('firmware', 'build', ...real, build);
  const flashed = wick('flash', ...real, '--tool', 'openocd', '--dry-run', build);
  console.log(JSON.stringify({ flashBytes: firmware.flashBytes, ...verified, flashed }));
  if (verified.samples !== 200) throw new Error(`${verified.samples} images verified, not 200`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
