import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Op } from '../../src/ops/op.ts';
import type { OutputStage } from '../../src/ops/support/fixedpoint.ts';
import { createState } from '../../src/ops/support/state.ts';
import { type OpReport, runConformance } from './conformance.ts';
import { type KernelOp, kernelRuns, kernelVariants, runCall } from './kernels.ts';
import { type CmsisCase, cmsisCases, referenceFolder } from './reference.ts';

/** How many random cases a property takes; `WICK_DEEP=1` asks for many more. */
export const propertyRuns = process.env.WICK_DEEP === '1' ? 2000 : 100;

/** The oracle and every kernel variant of an op give this output, byte for byte. */
export function expectEverywhere<A, P>(
  op: Op<A, P>,
  parameters: P,
  inputs: readonly Int8Array[],
  expected: Int8Array,
): void {
  expectEqual('reference', op.reference(parameters, inputs), expected);
  expectKernels(op, parameters, inputs, expected);
}

/**
 * Every kernel variant of an op gives this output, in place too where the op allows that. Of several outputs, whose
 * `lengths` have to be given, one follows another in `expected`.
 */
export function expectKernels<P>(
  op: KernelOp<P>,
  parameters: P,
  inputs: readonly Int8Array[],
  expected: Int8Array,
  lengths: readonly number[] = [expected.length],
): void {
  for (const variant of kernelVariants) {
    const runs = kernelRuns(op, variant, parameters, inputs, lengths);
    if (runs.length === 0) throw new Error(`${op.name} has no kernel`);
    for (const { name, run } of runs) expectEqual(name, run(), expected);
  }
}

/**
 * The oracle and every kernel variant of a stateful op give these outputs for inputs that come one after another, and
 * every variant keeps the same state as the oracle.
 */
export function expectSequence<A, P>(
  op: Op<A, P>,
  parameters: P,
  inputs: readonly Int8Array[],
  expected: readonly Int8Array[],
): void {
  const tensors = op.state?.(parameters) ?? [];
  const state = createState(tensors);
  const states = inputs.map((input, step) => {
    const output = op.reference(parameters, [input], state);
    expectEqual(`reference, step ${step}`, output, expected[step] as Int8Array);
    return state.map((values) => values.slice());
  });
  for (const { name, variant, optimize } of kernelVariants) {
    const call = op.lower(parameters, variant, optimize);
    if (call === null) throw new Error(`${op.name} has no kernel`);
    const kept = createState(tensors);
    inputs.forEach((input, step) => {
      const wanted = expected[step] as Int8Array;
      const title = `${name}, step ${step}`;
      expectEqual(title, runCall(call, variant, [input], wanted.length, undefined, kept), wanted);
      expect(kept, `${title}, state`).toEqual(states[step]);
    });
  }
}

/** The outputs of the oracle of a stateful op for inputs that come one after another. */
export function referenceSequence<A, P>(
  op: Op<A, P>,
  parameters: P,
  inputs: readonly Int8Array[],
): Int8Array[] {
  const state = createState(op.state?.(parameters) ?? []);
  return inputs.map((input) => op.reference(parameters, [input], state));
}

function expectEqual(variant: string, actual: Int8Array, expected: Int8Array): void {
  expect(actual.length, variant).toBe(expected.length);
  const index = actual.findIndex((value, i) => value !== expected[i]);
  if (index >= 0) {
    expect.fail(`${variant}: index ${index}: actual ${actual[index]}, expected ${expected[index]}`);
  }
}

/** Each of CMSIS-NN's cases of a folder has to pass, in the reference and in every kernel variant. */
export function describeCases(
  operator: string,
  folder: string,
  select: (example: CmsisCase) => boolean = () => true,
): void {
  describe.skipIf(referenceFolder === undefined)(`${operator} on CMSIS-NN's cases`, () => {
    it.each(cmsisCases(folder).filter(select))('$name', (example) => {
      const [report] = runConformance(new Map([[folder, [example]]])).ops as [OpReport];
      expect(report.operators).toEqual([operator]);
      for (const { name, failures, reasons } of report.kernels) {
        expect({ failures, reasons }, name).toEqual({ failures: [], reasons: [] });
      }
    });
  });
}

/** An int8 activation; the extremes come up often. */
export const int8 = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -128, max: 127 }) },
  { weight: 1, arbitrary: fc.constantFrom(-128, 127, 0) },
);

/** An int8 weight; symmetric quantization leaves out -128, importers may not. */
export const int8Weight = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -128, max: 127 }) },
  { weight: 2, arbitrary: fc.constantFrom(-128, -127, 127) },
);

/** `length` values, either mixed or all the same extreme, so that sums saturate. */
export function values(element: fc.Arbitrary<number>, length: number): fc.Arbitrary<Int8Array> {
  const mixed = fc.array(element, { minLength: length, maxLength: length });
  const extreme = fc.constantFrom(-128, 127).map((value) => new Array<number>(length).fill(value));
  return fc
    .oneof({ weight: 5, arbitrary: mixed }, { weight: 1, arbitrary: extreme })
    .map((list) => Int8Array.from(list));
}

/** Output stages for `channels` channels: mostly shifts as real models have them, at times any. */
export function outputStages(channels: number): fc.Arbitrary<OutputStage> {
  const shift = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -14, max: -1 }) },
    { weight: 1, arbitrary: fc.integer({ min: -31, max: 3 }) },
  );
  const multiplier = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }) },
    { weight: 1, arbitrary: fc.constantFrom(0, 2 ** 30, 2 ** 31 - 1) },
  );
  const perChannel = (element: fc.Arbitrary<number>) =>
    fc.array(element, { minLength: channels, maxLength: channels }).map((a) => Int32Array.from(a));
  return fc
    .record({
      multipliers: perChannel(multiplier),
      // Half of the stages have only the shifts that v128 kernels rescale four at a time.
      shifts: fc.oneof(perChannel(fc.integer({ min: -14, max: -1 })), perChannel(shift)),
      outputZeroPoint: fc.integer({ min: -128, max: 127 }),
      range: fc.tuple(fc.integer({ min: -128, max: 127 }), fc.integer({ min: -128, max: 127 })),
    })
    .map(({ range, ...stage }) => ({ ...stage, min: Math.min(...range), max: Math.max(...range) }));
}
