// Adds up the test runs in a folder of JSON reports and prints them in one line. Fails where a test failed or, with the
// reference folder there, was skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const reports = readdirSync(folder).map((file) =>
  JSON.parse(readFileSync(join(folder, file), 'utf8')),
);
const count = (key) => reports.reduce((sum, report) => sum + report[key], 0);
const failed = count('numFailedTests') + count('numFailedTestSuites');
const skipped = count('numPendingTests') + count('numTodoTests');
const reference =
  process.env.WICK_REFERENCE ?? new URL('../../../shared', import.meta.url).pathname;
if (reports.length === 0 || failed > 0) process.exitCode = 1;
if (skipped > 0 && existsSync(join(reference, 'cmsisnn_cases'))) {
  console.log('tests were skipped although the reference folder is there');
  process.exitCode = 1;
}
console.log(`${count('numPassedTests')} passed, ${failed} failed, ${skipped} skipped`);
