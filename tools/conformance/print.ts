import { printLine, printTable } from '../../src/cli/output.ts';
import type { ConformanceReport, Failure, KernelReport } from '../../test/support/conformance.ts';
import type { GoldenDifference, GoldenReport } from '../../test/support/golden.ts';

function countsOf({ passed, failed, notApplicable }: KernelReport): string {
  const counts = [
    passed > 0 ? `${passed} passed` : '',
    failed > 0 ? `${failed} FAILED` : '',
    notApplicable > 0 ? `${notApplicable} n/a` : '',
  ];
  return counts.filter((text) => text !== '').join(', ');
}

function describeFailure(failure: Failure): string {
  const how = [failure.kernel, failure.detail].filter((text) => text !== undefined).join(', ');
  const what =
    'error' in failure
      ? failure.error
      : `index ${failure.index}: actual ${failure.actual}, expected ${failure.expected}`;
  return `${failure.case}${how === '' ? '' : ` (${how})`}: ${what}`;
}

/** Prints a report as a table: a row an op, a column for the reference and each kernel variant; then what went wrong. */
export function printReport(report: ConformanceReport): void {
  const names = report.ops[0]?.kernels.map(({ name }) => name) ?? [];
  printTable(
    ['cases of', 'operator', 'cases', ...names],
    report.ops.map(({ op, operators, cases, kernels }) => [
      op,
      operators.join(', ') || '-',
      `${cases}`,
      ...kernels.map(countsOf),
    ]),
    ['left', 'left', 'right', ...names.map(() => 'left' as const)],
  );
  for (const { op, kernels } of report.ops) {
    const reasons = new Set(
      kernels.flatMap((kernel) => kernel.reasons.map(({ reason }) => reason)),
    );
    for (const reason of reasons) printLine(`n/a     ${op}: ${reason}`);
    for (const { name, failures } of kernels) {
      for (const failure of failures) {
        printLine(`FAILED  ${op}, ${name}: ${describeFailure(failure)}`);
      }
    }
  }
  printLine();
  printLine(
    `cases: ${report.cases}; passed: ${report.passed}; failed: ${report.failed}; not applicable: ${report.notApplicable} (each counts once for the reference and once for each kernel variant)`,
  );
}

function describeDifference(difference: GoldenDifference): string {
  const what =
    'error' in difference
      ? difference.error
      : `'${difference.tensor}', index ${difference.index}: actual ${difference.actual}, expected ${difference.expected}`;
  return `${difference.variant}, input ${difference.input}: ${what}`;
}

/** Prints what real models give: a row a model, a column for the reference and each kernel variant; then first differences. */
export function printGolden(models: readonly GoldenReport[]): void {
  const names = models.find(({ variants }) => variants.length > 0)?.variants ?? [];
  printTable(
    ['model', 'inputs', 'equal', 'tensors', ...names.map(({ name }) => name)],
    models.map(({ model, inputs, equal, tensors, variants }) => [
      model,
      `${inputs}`,
      `${equal}`,
      `${tensors}`,
      ...variants.map((variant) => `${variant.equal}`),
    ]),
    ['left', ...new Array<'right'>(3 + names.length).fill('right')],
  );
  for (const { model, firstDifference } of models) {
    if (firstDifference !== null) {
      printLine(`FAILED  ${model}, ${describeDifference(firstDifference)}`);
    }
  }
}
