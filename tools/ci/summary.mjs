// Adds up the JSON reports of the test runs and prints them in one line: node summary.mjs FOLDER RUN... A run without a
// report, and a file that fails without a failing test (it does not load, say), count as one failure each. Fails where
// anything failed or, with the reference folder there, was skipped.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [folder, ...runs] = process.argv.slice(2);
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const run of runs) {
  const file = join(folder, `${run}.json`);
  if (!existsSync(file)) {
    console.log(`${run}: no report`);
    sum.failed++;
    continue;
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  sum.passed += report.numPassedTests;
  sum.failed += report.numFailedTests;
  sum.skipped += report.numPendingTests + report.numTodoTests;
  for (const { name, status, assertionResults, message } of report.testResults) {
    const tests = assertionResults.map((test) => test.status);
    if (status !== 'failed' || tests.includes('failed')) continue;
    console.log(`${run}: ${name} failed as a whole: ${message}`);
    sum.failed++;
  }
}
const references = [
  process.env.WICK_REFERENCE,
  fileURLToPath(new URL('../../../shared', import.meta.url)),
].filter((path) => path !== undefined && existsSync(join(path, 'cmsisnn_cases')));
const skippedInVain = sum.skipped > 0 && references.length > 0;
if (skippedInVain) console.log('tests were skipped although the reference folder is there');
if (sum.failed > 0 || sum.passed === 0 || skippedInVain) process.exitCode = 1;
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
