// What the cases of a folder say of the reference and of every kernel variant, as one report.
import { messageOf, WickError } from '../../src/errors.ts';
import { createState } from '../../src/ops/support/state.ts';
import type { CaseMapping, CaseRun } from './case-values.ts';
import { caseMappings } from './cases/registry.generated.ts';
import { type KernelRun, kernelRuns, kernelVariants } from './kernels.ts';
import type { CmsisCase } from './reference.ts';

/** The first value of a case that is not as expected, or why there is none to look at. */
export type Failure = {
  readonly case: string;
  /** The export that ran; none where the reference did. */
  readonly kernel?: string;
  /** How it ran, where that is not plain. */
  readonly detail?: string;
} & (
  | { readonly index: number; readonly actual: number; readonly expected: number }
  | { readonly error: string }
);

/** A reason why cases were not run, and those cases. */
export interface Reason {
  readonly reason: string;
  readonly cases: readonly string[];
}

/** The outcomes of the cases of one folder in the reference or in one kernel variant. */
export interface KernelReport {
  /** `reference`, or a variant's name. */
  readonly name: string;
  /** The exports that ran. */
  readonly kernels: readonly string[];
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  readonly reasons: readonly Reason[];
  readonly failures: readonly Failure[];
}

/** The outcomes of the cases of one folder. */
export interface OpReport {
  /** The folder's name. */
  readonly op: string;
  /** The operators that its cases ask for. */
  readonly operators: readonly string[];
  readonly cases: number;
  readonly kernels: readonly KernelReport[];
}

/** The outcomes of all cases: a case counts once for the reference and once for each variant. */
export interface ConformanceReport {
  readonly cases: number;
  readonly passed: number;
  readonly failed: number;
  readonly notApplicable: number;
  readonly ops: readonly OpReport[];
}

type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'notApplicable'; readonly reason: string };

/** Something that computes a run's output in one or more ways. */
interface Subject {
  readonly name: string;
  runsOf(run: CaseRun): readonly (Omit<KernelRun, 'kernel'> & { readonly kernel?: string })[];
}

const subjects: readonly Subject[] = [
  {
    name: 'reference',
    runsOf: ({ op, parameters, inputs, before = [] }) => {
      const run = () => {
        const state = createState(op.state?.(parameters) ?? []);
        for (const earlier of before) op.reference(parameters, earlier, state);
        return op.reference(parameters, inputs, state);
      };
      return [{ name: 'reference', run }];
    },
  },
  ...kernelVariants.map(
    (variant): Subject => ({
      name: variant.name,
      runsOf: ({ op, parameters, inputs, expected, before }) =>
        kernelRuns(op, variant, parameters, inputs, expected.length, before),
    }),
  ),
];

/**
 * Runs every case (by its op's folder, see `readCaseFolders`) through the reference and every kernel variant. Throws a
 * WickError where a case is not as its mapping reads it.
 */
export function runConformance(
  folders: ReadonlyMap<string, readonly CmsisCase[]>,
  mappings: ReadonlyMap<string, CaseMapping> = caseMappings,
): ConformanceReport {
  const ops = [...folders].map(([op, cases]) => reportOp(op, cases, mappings));
  const kernels = ops.flatMap((op) => op.kernels);
  const total = (of: (report: KernelReport) => number) =>
    kernels.reduce((sum, report) => sum + of(report), 0);
  return {
    cases: ops.reduce((sum, op) => sum + op.cases, 0),
    passed: total((report) => report.passed),
    failed: total((report) => report.failed),
    notApplicable: total((report) => report.notApplicable),
    ops,
  };
}

function reportOp(
  op: string,
  cases: readonly CmsisCase[],
  mappings: ReadonlyMap<string, CaseMapping>,
): OpReport {
  const unmapped: CaseMapping = () => ({
    reason: `no such operator yet: test/support/cases has no mapping '${op}'`,
  });
  const mapping = mappings.get(op) ?? unmapped;
  const mapped = cases.map((example) => ({ example, runs: mapping(example) }));
  const all = mapped.flatMap(({ runs }) => ('reason' in runs ? [] : runs));
  return {
    op,
    operators: [...new Set(all.map((run) => run.op.name))],
    cases: cases.length,
    kernels: subjects.map((subject) => {
      const kernels = new Set<string>();
      const outcomes = mapped.map(({ example, runs }) => ({
        name: example.name,
        outcome: outcomeOf(example, runs, subject, kernels),
      }));
      return summarize(subject.name, kernels, outcomes);
    }),
  };
}

function outcomeOf(
  { name }: CmsisCase,
  runs: ReturnType<CaseMapping>,
  subject: Subject,
  kernels: Set<string>,
): Outcome {
  if ('reason' in runs) return { kind: 'notApplicable', reason: runs.reason };
  for (const wanted of runs) {
    const failed = (how: string | undefined, kernel: string | undefined, what: object): Outcome => {
      const details = [wanted.detail, how === subject.name ? undefined : how];
      const detail = details.filter((text) => text !== undefined).join('; ');
      const failure = {
        case: name,
        ...(kernel === undefined ? {} : { kernel }),
        ...(detail === '' ? {} : { detail }),
        ...what,
      } as Failure;
      return { kind: 'failed', failure };
    };
    let ways: ReturnType<Subject['runsOf']>;
    try {
      ways = subject.runsOf(wanted);
    } catch (error) {
      // A compiler that says no is no wrong answer.
      if (error instanceof WickError) return { kind: 'notApplicable', reason: error.message };
      return failed(undefined, undefined, { error: messageOf(error) });
    }
    if (ways.length === 0) {
      return { kind: 'notApplicable', reason: 'the output is the very bytes of the input' };
    }
    for (const { name: how, kernel, run } of ways) {
      if (kernel !== undefined) kernels.add(kernel);
      try {
        const difference = firstDifference(run(), wanted);
        if (difference !== undefined) return failed(how, kernel, difference);
      } catch (error) {
        return failed(how, kernel, { error: messageOf(error) });
      }
    }
  }
  return { kind: 'passed' };
}

function firstDifference(actual: Int8Array, { expected, offset }: CaseRun): object | undefined {
  if (actual.length !== expected.length) {
    return { error: `the output has ${actual.length} values, not ${expected.length}` };
  }
  const index = actual.findIndex((value, i) => value !== expected[i]);
  if (index < 0) return undefined;
  return { index: offset + index, actual: actual[index], expected: expected[index] };
}

function summarize(
  name: string,
  kernels: ReadonlySet<string>,
  outcomes: readonly { readonly name: string; readonly outcome: Outcome }[],
): KernelReport {
  const reasons = new Map<string, string[]>();
  const failures: Failure[] = [];
  for (const { name, outcome } of outcomes) {
    if (outcome.kind === 'failed') failures.push(outcome.failure);
    if (outcome.kind !== 'notApplicable') continue;
    const cases = reasons.get(outcome.reason) ?? [];
    reasons.set(outcome.reason, [...cases, name]);
  }
  const count = (kind: Outcome['kind']) =>
    outcomes.filter(({ outcome }) => outcome.kind === kind).length;
  return {
    name,
    kernels: [...kernels].sort(),
    passed: count('passed'),
    failed: count('failed'),
    notApplicable: count('notApplicable'),
    reasons: [...reasons].map(([reason, cases]) => ({ reason, cases })),
    failures,
  };
}
