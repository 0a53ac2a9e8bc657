import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { printReport } from '../tools/conformance/print.ts';
import { runConformance } from './support/conformance.ts';
import { temporaryFolder } from './support/folder.ts';
import { writeGolden } from './support/golden-folder.ts';
import { allCmsisCases, readCaseFolders, referenceFolder } from './support/reference.ts';
import { thrownMessage } from './support/thrown.ts';

const folders = allCmsisCases();

describe.skipIf(referenceFolder === undefined)("conformance to CMSIS-NN's cases", () => {
  const report = runConformance(folders);

  it.each(
    report.ops.map(({ op, cases, kernels }) => ({
      op,
      cases,
      kernels,
      counts: kernels.map(({ name, passed }) => `${passed} in ${name}`).join(', '),
    })),
  )('$op: of $cases cases pass $counts', ({ cases, kernels }) => {
    for (const { name, passed, failures, reasons } of kernels) {
      const all = { passed: cases, failures: [], reasons: [] };
      expect({ passed, failures, reasons }, name).toEqual(all);
    }
  });

  it('shows its counts', () => {
    printReport(report);
    const cases = [...folders.values()].flat().length;
    // The reference and three kernel variants.
    expect(report).toMatchObject({ cases, passed: 4 * cases, failed: 0, notApplicable: 0 });
  });
});

const files = await temporaryFolder();
let made = 0;

/** A folder of case files with these contents. */
async function folderOf(
  contents: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<string> {
  const folder = join(files, `${++made}`);
  for (const [op, cases] of Object.entries(contents)) {
    await mkdir(join(folder, op), { recursive: true });
    for (const [name, example] of Object.entries(cases)) {
      const text = typeof example === 'string' ? example : JSON.stringify(example);
      await writeFile(join(folder, op, name), text);
    }
  }
  return folder;
}

/** 1, 2 and 3 with a 9 before and behind. */
const padding = {
  params: { input_shape: [3], pre_pad: [1], post_pad: [1], pad_value: 9, output_shape: [5] },
  data: { input: [1, 2, 3], expected: [9, 1, 2, 3, 9] },
};

describe('a conformance report', () => {
  const run = async (contents: Parameters<typeof folderOf>[0]) =>
    runConformance(readCaseFolders(await folderOf(contents)));

  it('counts a case once for the reference and once for each kernel variant', async () => {
    const report = await run({ pad_s8: { 'row.json': padding } });
    expect(report).toMatchObject({ cases: 1, passed: 4, failed: 0, notApplicable: 0 });
    expect(report.ops).toMatchObject([{ op: 'pad_s8', operators: ['pad'], cases: 1 }]);
    expect(report.ops[0]?.kernels).toMatchObject([
      { name: 'reference', kernels: [], passed: 1 },
      { name: 'scalar, for size', kernels: ['padConstant'], passed: 1 },
      { name: 'scalar, for speed', kernels: ['padConstant'], passed: 1 },
      { name: 'v128', kernels: ['padConstant'], passed: 1 },
    ]);
  });

  it('tells the first difference of each failure', async () => {
    const wrong = { ...padding, data: { ...padding.data, expected: [9, 1, 7, 7, 9] } };
    const report = await run({ pad_s8: { 'row.json': padding, 'wrong.json': wrong } });
    expect(report).toMatchObject({ cases: 2, passed: 4, failed: 4, notApplicable: 0 });
    const difference = { case: 'wrong', index: 2, actual: 2, expected: 7 };
    expect(report.ops[0]?.kernels.map(({ failures }) => failures)).toEqual([
      [difference],
      ...new Array(3).fill([{ ...difference, kernel: 'padConstant' }]),
    ]);
  });

  it('counts places in all samples of a batch, and says how a kernel ran', async () => {
    const pooling = {
      params: {
        input_shape: [2, 1, 2, 1],
        filter: [1, 2],
        stride: [1, 1],
        pad: [0, 0],
        output_shape: [2, 1, 1, 1],
        activation: [-128, 127],
      },
      data: { input: [1, 2, 3, 4], expected: [2, 5] },
    };
    const { ops } = await run({ max_pool_s8: { 'pool.json': pooling } });
    const [reference, scalar] = ops[0]?.kernels ?? [];
    const difference = { case: 'pool', index: 1, actual: 4, expected: 5 };
    expect(reference?.failures).toEqual([difference]);
    expect(scalar?.failures).toEqual([{ ...difference, kernel: scalar?.kernels[0] }]);
  });

  it('says which ops have no mapping, and why a case of another does not apply', async () => {
    const report = await run({
      no_such_op: { 'one.json': padding, 'two.json': padding },
      maximum_minimum_s8: { 'median.json': { params: { kind: 'median' }, data: {} } },
    });
    expect(report).toMatchObject({ cases: 3, passed: 0, failed: 0, notApplicable: 12 });
    const [other, missing] = report.ops;
    expect(other?.kernels[0]?.reasons).toEqual([
      { reason: "there is no operator 'median'", cases: ['median'] },
    ]);
    expect(missing?.kernels.map(({ notApplicable }) => notApplicable)).toEqual([2, 2, 2, 2]);
    expect(missing?.kernels[0]?.reasons).toEqual([
      {
        reason: "no such operator yet: test/support/cases has no mapping 'no_such_op'",
        cases: ['one', 'two'],
      },
    ]);
  });

  it.each([
    [
      'no JSON',
      '{',
      'case.json: file is corrupted: expected JSON, received Expected property name',
    ],
    ['no data', { params: {} }, "case.json, 'data': key is missing"],
    [
      'values that are no numbers',
      { params: {}, data: { input: [1, 'x'] } },
      `case.json, 'data.input.1': value does not fit: expected number, received "x"`,
    ],
    [
      'a parameter missing',
      { ...padding, params: { ...padding.params, pad_value: undefined } },
      "case.json: 'params.pad_value' does not fit: expected a whole number, received nothing",
    ],
    [
      'too few values',
      { ...padding, data: { ...padding.data, input: [1, 2] } },
      "case.json: 'data.input' does not fit: expected 3 values, received 2",
    ],
    [
      'a value that is no int8',
      { ...padding, data: { ...padding.data, input: [1, 2, 300] } },
      "case.json: 'data.input' does not fit: expected values in [-128, 127], received 300",
    ],
  ])('refuses a case with %s', async (_, example, message) => {
    const folder = await folderOf({ pad_s8: { 'case.json': example } });
    expect(thrownMessage(() => runConformance(readCaseFolders(folder)))).toContain(message);
  });

  it('refuses a folder that is not there or holds no cases', async () => {
    const missing = join(files, 'missing');
    expect(thrownMessage(() => readCaseFolders(missing))).toContain(
      `${missing}: cannot read cases: expected <op>/<case>.json, received ENOENT`,
    );
    const empty = await folderOf({ pad_s8: {} });
    expect(thrownMessage(() => readCaseFolders(empty))).toBe(
      `${empty}: there are no cases: expected <op>/<case>.json`,
    );
  });
});

describe('the conformance runner', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const start = (...args: readonly string[]) => {
    const script = ['node_modules/jiti/lib/jiti-cli.mjs', 'tools/conformance/main.ts'];
    const options = {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    } as const;
    return spawnSync(process.execPath, [...script, ...args], options);
  };

  it('prints its report and exits with 1 where a case fails', async () => {
    const wrong = { ...padding, data: { ...padding.data, expected: [9, 1, 2, 3, 8] } };
    const folder = await folderOf({ pad_s8: { 'row.json': padding, 'wrong.json': wrong } });
    const { status, stdout } = start('--cases', folder, '--json');
    expect(JSON.parse(stdout)).toEqual(runConformance(readCaseFolders(folder)));
    expect(status).toBe(1);
  });

  it('exits with 0 where none does, with a table', async () => {
    const { status, stdout } = start(
      '--cases',
      await folderOf({ pad_s8: { 'row.json': padding } }),
    );
    expect(stdout).toMatch(/ pad_s8 +pad +1 +1 passed +1 passed +1 passed +1 passed/);
    expect(stdout).toContain('cases: 1; passed: 4; failed: 0; not applicable: 0');
    expect(status).toBe(0);
  });

  it('runs whole models, and exits with 1 where one differs', async () => {
    const golden = join(files, 'golden');
    const run = async (last: number) => {
      await writeGolden(join(golden, 'small'), [0, last]);
      const { status, stdout } = start('--golden', golden, '--json');
      return { status, report: JSON.parse(stdout) };
    };
    const model = { model: 'small', inputs: 1, equal: 1, firstDifference: null };
    expect(await run(5)).toMatchObject({ status: 0, report: { models: [model], failed: 0 } });
    expect(await run(6)).toMatchObject({
      status: 1,
      report: {
        models: [
          {
            ...model,
            equal: 0,
            firstDifference: { input: 0, tensor: 'y', index: 1, expected: 6, actual: 5 },
          },
        ],
        failed: 1,
      },
    });
    expect(start('--golden', golden).stdout).toContain(
      "FAILED  small, reference, input 0: 'y', index 1: actual 5, expected 6",
    );
  });

  it('wants one folder, of cases or of models', () => {
    expect(start().stderr).toBe('error: nothing to check: expected --cases or --golden\n');
    expect(start('--cases', files, '--golden', files).status).toBe(1);
  });

  it('says in one line what is wrong with its folder', () => {
    const folder = join(files, 'missing');
    const { status, stdout, stderr } = start('--cases', folder);
    expect(stderr).toMatch(/^error: [^\n]*missing: cannot read cases: [^\n]*\n$/);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });
});
