import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { formatShape, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { KernelCall, NodeContext, Op, Variant } from './op.ts';
import { type OutputStage, requantize } from './support/fixedpoint.ts';
import { int8Data, multiplierFor, perTensor } from './support/quantized.ts';
import { maxRank } from './support/strided.ts';
import { nodeTitle } from './support/title.ts';
import type { Pair } from './support/window.ts';

interface BatchMatmulAttributes {
  readonly adjX: boolean;
  readonly adjY: boolean;
}

/** A matrix of a batch: how far apart the elements of each index lie; a batch step of 0 uses the same matrix again. */
interface MatrixSteps {
  readonly batches: Pair;
  readonly row: number;
  readonly column: number;
}

/** The shapes of a product of [rows, depth] and [depth, columns] for each of two batch indices. */
export interface ProductShape {
  readonly batches: Pair;
  readonly rows: number;
  readonly depth: number;
  readonly columns: number;
  readonly left: MatrixSteps;
  readonly right: MatrixSteps;
}

/** The parameters of an int8 product of matrices. */
export interface BatchMatmulParameters {
  readonly shape: ProductShape;
  readonly leftZeroPoint: number;
  readonly rightZeroPoint: number;
  /** The second operand where it is a constant. */
  readonly constant?: Int8Array;
  readonly output: OutputStage;
}

type Shape4 = readonly [number, number, number, number];

/** A shape with ones put before it. */
const extend = (shape: readonly number[]) =>
  [...new Array<number>(maxRank - shape.length).fill(1), ...shape] as unknown as Shape4;

function stepsOf(
  [first, second, rows, columns]: Shape4,
  transposed: boolean,
): MatrixSteps & { readonly rows: number; readonly columns: number } {
  return {
    batches: [first === 1 ? 0 : second * rows * columns, second === 1 ? 0 : rows * columns],
    rows: transposed ? columns : rows,
    columns: transposed ? rows : columns,
    row: transposed ? 1 : columns,
    column: transposed ? columns : 1,
  };
}

/** The shapes of a product of tensors of two to four axes, or undefined where they do not fit. */
export function productShape(
  left: readonly number[],
  right: readonly number[],
  { adjX, adjY }: BatchMatmulAttributes,
): ProductShape | undefined {
  if ([left, right].some(({ length }) => length < 2 || length > maxRank)) return undefined;
  const [a, b] = [extend(left), extend(right)];
  const [leftSteps, rightSteps] = [stepsOf(a, adjX), stepsOf(b, adjY)];
  const batch = (axis: 0 | 1) => (a[axis] === 1 ? b[axis] : a[axis]);
  const broadcasts = ([0, 1] as const).every(
    (axis) => a[axis] === b[axis] || a[axis] === 1 || b[axis] === 1,
  );
  if (!broadcasts || leftSteps.columns !== rightSteps.rows) return undefined;
  return {
    batches: [batch(0), batch(1)],
    rows: leftSteps.rows,
    depth: leftSteps.columns,
    columns: rightSteps.columns,
    left: leftSteps,
    right: rightSteps,
  };
}

function shapeOf(context: Omit<NodeContext<BatchMatmulAttributes>, 'outputs'>): ProductShape {
  const [left, right] = context.inputs as [Tensor, Tensor];
  const { adjX, adjY } = context.attributes;
  const shape = productShape(left.shape, right.shape, { adjX, adjY });
  if (shape !== undefined) return shape;
  throw new WickError({
    what: 'inputs do not fit together',
    where: nodeTitle(context),
    expected: `..x${adjX ? 'KxM' : 'MxK'} and ..x${adjY ? 'NxK' : 'KxN'}, up to ${maxRank} axes, batches equal or 1`,
    received: `${formatShape(left.shape)} and ${formatShape(right.shape)}`,
  });
}

/** Deeper sums of products of two numbers up to 255 could leave int32. */
const maxDepth = Math.floor((2 ** 31 - 1) / 255 ** 2);

function prepare(context: NodeContext<BatchMatmulAttributes>): BatchMatmulParameters {
  const where = nodeTitle(context);
  const shape = shapeOf(context);
  if (shape.depth > maxDepth) {
    throw new WickError({
      what: 'accumulators may overflow',
      where,
      expected: `at most ${maxDepth} products a sum`,
      received: `${shape.depth}`,
      hint: 'split the product',
    });
  }
  const [leftTensor, rightTensor] = context.inputs as [Tensor, Tensor];
  const left = perTensor(where, leftTensor);
  const right = perTensor(where, rightTensor);
  const output = perTensor(where, context.outputs[0] as Tensor);
  // TFLite `GetQuantizedConvolutionMultipler` multiplies the scales in float32.
  const factor = Math.fround(left.scale * right.scale) / output.scale;
  const { multiplier, shift } = multiplierFor(where, 'the product', factor);
  return {
    shape,
    leftZeroPoint: left.zeroPoint,
    rightZeroPoint: right.zeroPoint,
    ...(rightTensor.data === undefined ? {} : { constant: int8Data(where, rightTensor) }),
    output: {
      multipliers: Int32Array.of(multiplier),
      shifts: Int32Array.of(shift),
      outputZeroPoint: output.zeroPoint,
      min: -128,
      max: 127,
    },
  };
}

/** `finish` of each sum of `term(left, right)` over the depth. */
function multiply<T extends Int8Array | Float32Array>(
  { batches, rows, depth, columns, left, right }: ProductShape,
  [a, b]: readonly [T, T],
  output: T,
  term: (left: number, right: number) => number,
  finish: (sum: number) => number,
): T {
  let index = 0;
  for (let i = 0; i < batches[0]; i++) {
    for (let j = 0; j < batches[1]; j++) {
      const leftStart = i * left.batches[0] + j * left.batches[1];
      const rightStart = i * right.batches[0] + j * right.batches[1];
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          let sum = 0;
          for (let k = 0; k < depth; k++) {
            sum += term(
              a[leftStart + row * left.row + k * left.column] as number,
              b[rightStart + k * right.row + column * right.column] as number,
            );
          }
          output[index++] = finish(sum);
        }
      }
    }
  }
  return output;
}

const outputLength = ({ batches, rows, columns }: ProductShape) =>
  batches[0] * batches[1] * rows * columns;

/** Source: TFLM `reference_ops::BatchMatMul` for int8. */
function reference(parameters: BatchMatmulParameters, inputs: readonly Int8Array[]): Int8Array {
  const { shape, leftZeroPoint, rightZeroPoint, constant, output } = parameters;
  return multiply(
    shape,
    [inputs[0] as Int8Array, constant ?? (inputs[1] as Int8Array)],
    new Int8Array(outputLength(shape)),
    (left, right) => (left - leftZeroPoint) * (right - rightZeroPoint),
    (sum) => requantize(sum, 0, output),
  );
}

function lower(parameters: BatchMatmulParameters, variant: Variant): KernelCall {
  const { shape, leftZeroPoint, rightZeroPoint, constant, output } = parameters;
  const { batches, rows, depth, columns, left, right } = shape;
  const vector = variant === 'simd';
  return {
    kernel: vector ? 'batchMatmulVector' : 'batchMatmul',
    arguments: [
      { input: 0 },
      constant === undefined ? { input: 1 } : { weights: 0 },
      { output: 0 },
      { scratch: 0 },
      ...batches,
      rows,
      depth,
      columns,
      ...left.batches,
      left.row,
      left.column,
      ...right.batches,
      right.row,
      right.column,
      { isWeights: 1 },
      leftZeroPoint,
      rightZeroPoint,
      output.outputZeroPoint,
      output.multipliers[0] as number,
      output.shifts[0] as number,
      output.min,
      output.max,
    ],
    weights: Uint8Array.from(constant ?? [], (value) => value & 0xff),
    scratchBytes: vector ? 16 * (depth + (depth % 2)) + 32 : 8 * depth + 16,
  };
}

/**
 * The product of the matrices in the last two axes, for each index of the axes before them, which broadcast. `adjX` and
 * `adjY` say that the first or second input is stored transposed. The first input is an activation, the second one an
 * activation or a constant; both are quantized as a whole. Source: TFLM `BATCH_MATMUL` for int8.
 */
export const batchMatmul: Op<BatchMatmulAttributes, BatchMatmulParameters> = {
  name: 'batch_matmul',
  attributes: strictObject({
    adjX: v.optional(v.boolean(), false),
    adjY: v.optional(v.boolean(), false),
  }),
  inputCount: [2, 2],
  inferShapes(context) {
    const { batches, rows, columns } = shapeOf(context);
    const rank = Math.max(...context.inputs.map(({ shape }) => shape.length));
    return [[...batches, rows, columns].slice(maxRank - rank)];
  },
  macs(context) {
    const shape = shapeOf(context);
    return outputLength(shape) * shape.depth;
  },
  outputQuantization: { kind: 'calibrated' },
  prepare,
  reference,
  referenceFloat(context, inputs) {
    const shape = shapeOf(context);
    return multiply(
      shape,
      [inputs[0] as Float32Array, inputs[1] as Float32Array],
      new Float32Array(outputLength(shape)),
      (left, right) => left * right,
      (sum) => sum,
    );
  },
  lower,
  inPlace: () => false,
};
