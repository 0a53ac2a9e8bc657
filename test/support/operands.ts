import fc from 'fast-check';
import { expect } from 'vitest';
import { elementCount, type Tensor } from '../../src/graph/types.ts';
import type { NodeContext, Op } from '../../src/ops/op.ts';
import type { Operands } from '../../src/ops/support/broadcast.ts';
import type { OutputStage } from '../../src/ops/support/fixedpoint.ts';
import { int8, outputStages, values } from './oracle.ts';

/** Operands of any shapes that fit each other, constant or not, and the activations that go with them. */
export interface OperandCase {
  readonly operands: Operands;
  readonly inputs: readonly Int8Array[];
}

/** Axes from the outermost on; the innermost is long enough for v128 with a rest. */
const axes = fc.tuple(
  fc.record({ extent: fc.integer({ min: 1, max: 2 }), kind: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ extent: fc.integer({ min: 1, max: 3 }), kind: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ extent: fc.integer({ min: 1, max: 4 }), kind: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ extent: fc.integer({ min: 1, max: 40 }), kind: fc.integer({ min: 0, max: 3 }) }),
);

/** Any two shapes that fit each other: equal, repeated along some axes, or with fewer axes. */
const shapes = fc
  .record({ axes, rank: fc.integer({ min: 1, max: 4 }), short: fc.integer({ min: 0, max: 3 }) })
  .map(({ axes, rank, short }) => {
    const used = axes.slice(4 - rank);
    const firstShape = used.map(({ extent, kind }) => (kind === 1 ? 1 : extent));
    const full = used.map(({ extent, kind }) => (kind === 2 ? 1 : extent));
    return { firstShape, secondShape: full.slice(Math.min(short, rank - 1)) };
  });

/** See {@link OperandCase}. */
export const operandCases: fc.Arbitrary<OperandCase> = fc
  .record({ shapes, constant: fc.boolean() })
  .chain(({ shapes, constant }) =>
    fc
      .tuple(
        values(int8, elementCount(shapes.firstShape)),
        values(int8, elementCount(shapes.secondShape)),
      )
      .map(([first, second]) => ({
        operands: { ...shapes, constant: constant ? second : null },
        inputs: constant ? [first] : [first, second],
      })),
  );

/**
 * Every way to repeat either operand along each of four axes, so that loops are merged, or not, in every possible way.
 */
export const operandPatterns: readonly OperandCase[] = Array.from(
  { length: 3 ** 4 },
  (_, pattern) => {
    const kinds = [27, 9, 3, 1].map((power) => Math.floor(pattern / power) % 3);
    const shapeWithout = (repeated: number) =>
      [2, 3, 2, 17].map((extent, axis) => (kinds[axis] === repeated ? 1 : extent));
    const firstShape = shapeWithout(1);
    const secondShape = shapeWithout(2);
    // 97 and 101 have no factor in common with 256: neighbours differ, and so do rows.
    const first = Int8Array.from({ length: elementCount(firstShape) }, (_, i) => 97 * i);
    const second = Int8Array.from({ length: elementCount(secondShape) }, (_, i) => 101 * i + 50);
    return { operands: { firstShape, secondShape, constant: null }, inputs: [first, second] };
  },
);

/** Output stages of one channel that shift right, as those of sums do. */
export const sumStages: fc.Arbitrary<OutputStage> = fc
  .record({
    stage: outputStages(1),
    shift: fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: -21, max: -15 }) },
      { weight: 1, arbitrary: fc.integer({ min: -31, max: 0 }) },
    ),
  })
  .map(({ stage, shift }) => ({ ...stage, shifts: Int32Array.of(shift) }));

/** An int8 tensor quantized as a whole. */
export function int8Tensor(
  name: string,
  shape: readonly number[],
  scale = 0.5,
  zeroPoint = 0,
  data?: Int8Array,
): Tensor {
  return {
    name,
    shape,
    dtype: 'int8',
    quantization: { scale: [scale], zeroPoint: [zeroPoint] },
    ...(data === undefined ? {} : { data }),
  };
}

/** A node over these tensors; its output has the shape that the op infers. */
export function nodeOf<A, P>(
  op: Pick<Op<A, P>, 'name' | 'inferShapes'>,
  attributes: A,
  inputs: readonly Tensor[],
  output: { readonly scale: number; readonly zeroPoint: number } = { scale: 0.5, zeroPoint: 0 },
): NodeContext<A> {
  const context = { name: 'n', op: op.name, attributes, inputs };
  const [shape] = op.inferShapes(context) as [readonly number[]];
  return { ...context, outputs: [int8Tensor('y', shape, output.scale, output.zeroPoint)] };
}

/** A scale as models have it, a float32 value. */
export const scales = fc.double({ min: -7, max: -3, noNaN: true }).map((x) => Math.fround(2 ** x));

/** The quantization of a tensor. */
export const quantizations = fc.record({
  scale: scales,
  zeroPoint: fc.integer({ min: -128, max: 127 }),
});

/** The real values of a tensor's int8 values. */
function dequantized(tensor: Tensor, data: Int8Array): Float32Array {
  const [scale, zeroPoint] = [tensor.quantization?.scale[0], tensor.quantization?.zeroPoint[0]];
  return Float32Array.from(data, (value) => (scale as number) * (value - (zeroPoint as number)));
}

/**
 * The int8 op on prepared tensors is within `steps` of the float op on their real values; `inputs` are all inputs,
 * constants included.
 */
export function expectNearFloat<A, P>(
  op: Op<A, P>,
  context: NodeContext<A>,
  inputs: readonly Int8Array[],
  steps = 1,
): void {
  const [output] = context.outputs as [Tensor];
  const activations = inputs.filter((_, i) => context.inputs[i]?.data === undefined);
  const actual = op.reference(op.prepare(context), activations);
  const real = inputs.map((data, i) => dequantized(context.inputs[i] as Tensor, data));
  const [scale, zeroPoint] = [output.quantization?.scale[0], output.quantization?.zeroPoint[0]];
  const expected = op.referenceFloat(context, real);
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    const quantized = value / (scale as number) + (zeroPoint as number);
    const clamped = Math.min(127, Math.max(-128, quantized));
    expect(Math.abs((actual[i] as number) - clamped), `element ${i}`).toBeLessThanOrEqual(steps);
  });
}
