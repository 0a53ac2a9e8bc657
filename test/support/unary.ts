import fc from 'fast-check';
import type { Op } from '../../src/ops/op.ts';
import { expectNearFloat, int8Tensor, nodeOf, quantizations } from './operands.ts';
import { expectKernels, int8, propertyRuns, values } from './oracle.ts';

/** What a unary op is checked over. */
export interface UnaryOptions<A> {
  readonly attributes: fc.Arbitrary<A>;
  /** Where the op fixes its output's quantization, or keeps the input's. */
  readonly output?: { readonly scale: number; readonly zeroPoint: number };
  /** How far the int8 op may be from the float one. */
  readonly steps?: number;
}

/**
 * Over random values, quantizations and attributes: an op of one input, prepared from tensors, gives the reference's bytes
 * in every kernel variant, in place too, and is near the float op.
 */
export function expectUnary<A, P>(op: Op<A, P>, options: UnaryOptions<A>): void {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }).chain((count) => values(int8, count)),
      options.attributes,
      quantizations,
      quantizations,
      (data, attributes, from, to) => {
        const input = int8Tensor('x', [1, data.length], from.scale, from.zeroPoint);
        const context = nodeOf(op, attributes, [input], options.output ?? to);
        const parameters = op.prepare(context);
        expectKernels(op, parameters, [data], op.reference(parameters, [data]));
        expectNearFloat(op, context, [data], options.steps);
      },
    ),
    { numRuns: propertyRuns },
  );
}

/** The int8 op, prepared for these quantizations, of these values. */
export function runUnary<A, P>(
  op: Op<A, P>,
  attributes: A,
  input: { readonly scale: number; readonly zeroPoint: number; readonly data: readonly number[] },
  output: { readonly scale: number; readonly zeroPoint: number },
): number[] {
  const x = int8Tensor('x', [1, input.data.length], input.scale, input.zeroPoint);
  const parameters = op.prepare(nodeOf(op, attributes, [x], output));
  return [...op.reference(parameters, [Int8Array.from(input.data)])];
}
