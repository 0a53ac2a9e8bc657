// Runs the demo and holds it to what the README promises.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const main = new URL('../../dist/cli/main.js', import.meta.url).pathname;
const summary = JSON.parse(
  execFileSync(process.execPath, [main, 'demo', '--json'], { encoding: 'utf8' }),
);
const promises = [
  ['float accuracy of at least 98.2 %', summary.floatAccuracy >= 0.982],
  ['int8 drop of at most 0.20 points', summary.drop <= 0.002],
  ['agreement of at least 99.5 %', summary.agreement >= 0.995],
  ['model.wasm without data of at most 6 kB', summary.wasmBytes <= 6000],
  ['10,000 images verified', summary.verifiedImages === 10_000],
  ['a report', existsSync(summary.report)],
];
console.log(JSON.stringify(summary));
for (const [promise, kept] of promises) {
  console.log(`${kept ? 'kept' : 'BROKEN'}: ${promise}`);
  if (!kept) process.exitCode = 1;
}
