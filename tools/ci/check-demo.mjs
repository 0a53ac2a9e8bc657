// Runs the demo and holds it to what the README promises, then repeats its steps one by one: the same seed gives the
// same bytes.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { wick } from './wick.mjs';

const folder = mkdtempSync(join(tmpdir(), 'wick-demo-'));
try {
  const first = join(folder, 'first');
  const second = join(folder, 'second');
  const start = performance.now();
  const summary = wick('demo', 'mnist-cnn', '--out', first);
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ ...summary, seconds }));

  wick('train', 'mnist-cnn', '--out', second);
  wick('quantize', second);
  wick('compile', second);
  const repeats = (file) =>
    readFileSync(join(first, file)).equals(readFileSync(join(second, file)));

  const promises = [
    ['the demo takes less than three minutes', seconds < 180],
    ['float accuracy of at least 98.2 %', summary.floatAccuracy >= 0.982],
    ['int8 drop of at most 0.20 points', summary.drop <= 0.002],
    ['agreement of at least 99.5 %', summary.agreement >= 0.995],
    ['model.wasm without data of at most 6 kB', summary.wasmBytes <= 6000],
    ['10,000 images verified', summary.verifiedImages === 10_000],
    ['a report', existsSync(summary.report)],
    ...[
      'model.safetensors',
      'model.int8.tflite',
      'weights.bin',
      'model.wasm',
      'model.simd.wasm',
      'model.h',
    ].map((file) => [`${file} is the same in a second run`, repeats(file)]),
  ];
  for (const [promise, kept] of promises) {
    console.log(`${kept ? 'kept' : 'BROKEN'}: ${promise}`);
    if (!kept) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
