import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { NodeContext, Op } from './op.ts';
import { multiplyByQuantizedMultiplier, type QuantizedMultiplier } from './support/fixedpoint.ts';
import { multiplierFor, perTensor } from './support/quantized.ts';
import { nodeTitle } from './support/title.ts';

interface MeanAttributes {
  /** The axes that are averaged; negative ones count from the last. */
  readonly axes: readonly number[];
  /** Whether they stay, with extent 1. */
  readonly keepDims: boolean;
}

/** The parameters of an int8 mean. */
export interface MeanParameters extends QuantizedMultiplier {
  readonly inputShape: readonly number[];
  /** Whether an axis is averaged, one an axis. */
  readonly reduced: readonly boolean[];
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
}

const maxRank = 4;
/** So many differences of int8 values add up within an int32. */
const maxCount = 2 ** 23;

function reducedAxes(context: Omit<NodeContext<MeanAttributes>, 'outputs'>): readonly boolean[] {
  const { shape } = context.inputs[0] as Tensor;
  const { axes } = context.attributes;
  const resolved = axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  if (shape.length > maxRank || resolved.some((axis) => axis < 0 || axis >= shape.length)) {
    throw new WickError({
      what: 'axes do not fit the input',
      where: nodeTitle(context),
      expected: `axes of a shape of at most ${maxRank}`,
      received: `axes ${axes.join(', ')} of ${formatShape(shape)}`,
    });
  }
  return shape.map((_, axis) => resolved.includes(axis));
}

/** How many values an output is the mean of. */
function countOf(shape: readonly number[], reduced: readonly boolean[]): number {
  return elementCount(shape.filter((_, axis) => reduced[axis]));
}

/** The sum for each output, in order. */
function sums(
  shape: readonly number[],
  reduced: readonly boolean[],
  input: ArrayLike<number>,
): number[] {
  const result = new Array<number>(elementCount(shape) / countOf(shape, reduced)).fill(0);
  for (let index = 0; index < input.length; index++) {
    let [rest, output, stride] = [index, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = shape[axis] as number;
      if (!reduced[axis]) {
        output += (rest % extent) * stride;
        stride *= extent;
      }
      rest = Math.floor(rest / extent);
    }
    (result[output] as number) += input[index] as number;
  }
  return result;
}

/**
 * A multiplier divided by `count`: the quotient is cut off, and has as many bits as the division leaves room for.
 * Source: TFLM `reference_ops::QuantizedMeanOrSum`.
 */
function divideMultiplier(
  { multiplier, shift }: QuantizedMultiplier,
  count: number,
): QuantizedMultiplier {
  const left = Math.min(31 - Math.clz32(count), 31 + shift);
  return {
    multiplier: Number((BigInt(multiplier) << BigInt(left)) / BigInt(count)),
    shift: shift - left,
  };
}

/**
 * The input as kept x reduced x kept x reduced x kept: neighbouring axes that are treated alike are one, absent ones
 * are 1. Four axes never need more.
 */
function mergeAxes({ inputShape, reduced }: MeanParameters): readonly number[] {
  const extents = [1, 1, 1, 1, 1];
  let place = 0;
  inputShape.forEach((extent, axis) => {
    if (extent === 1) return;
    if ((place % 2 === 1) !== reduced[axis]) place++;
    (extents[place] as number) *= extent;
  });
  return extents;
}

/**
 * The mean over axes; over height and width it is global average pooling.
 * Source: TFLM `EvalIntegerMean`, which takes `reference_ops::QuantizedMeanOrSum` for every int8 tensor, whatever its
 * axes and scales: the sum is rescaled by a multiplier that holds 1 / count. (TFLM of 2021, and its HiFi kernels still, cut the
 * quotient off where input and output are quantized alike.)
 */
export const mean: Op<MeanAttributes, MeanParameters> = {
  name: 'mean',
  attributes: strictObject({
    axes: v.pipe(v.array(v.pipe(v.number(), v.integer())), v.minLength(1)),
    keepDims: v.boolean(),
  }),
  inputCount: [1, 1],
  inferShapes(context) {
    const reduced = reducedAxes(context);
    const { shape } = context.inputs[0] as Tensor;
    return [
      context.attributes.keepDims
        ? shape.map((extent, axis) => (reduced[axis] ? 1 : extent))
        : shape.filter((_, axis) => !reduced[axis]),
    ];
  },
  macs: () => 0,
  outputQuantization: { kind: 'calibrated' },
  prepare(context) {
    const where = nodeTitle(context);
    const [tensor] = context.inputs as [Tensor];
    const input = perTensor(where, tensor);
    const output = perTensor(where, context.outputs[0] as Tensor);
    const reduced = reducedAxes(context);
    const count = countOf(tensor.shape, reduced);
    if (count > maxCount) {
      throw new WickError({
        what: 'mean over too many values',
        where,
        expected: `at most ${maxCount}, so that their sum fits`,
        received: `${count}`,
      });
    }
    return {
      inputShape: tensor.shape,
      reduced,
      inputZeroPoint: input.zeroPoint,
      outputZeroPoint: output.zeroPoint,
      ...divideMultiplier(multiplierFor(where, 'the input', input.scale / output.scale), count),
    };
  },
  reference(parameters, inputs) {
    const { inputShape, reduced, inputZeroPoint, outputZeroPoint, multiplier, shift } = parameters;
    const offset = inputZeroPoint * countOf(inputShape, reduced);
    return Int8Array.from(sums(inputShape, reduced, inputs[0] as Int8Array), (sum) => {
      const scaled = multiplyByQuantizedMultiplier(sum - offset, multiplier, shift);
      return Math.min(Math.max((scaled + outputZeroPoint) | 0, -128), 127);
    });
  },
  referenceFloat(context, inputs) {
    const { shape } = context.inputs[0] as Tensor;
    const reduced = reducedAxes(context);
    const count = countOf(shape, reduced);
    return Float32Array.from(sums(shape, reduced, inputs[0] as Float32Array), (sum) => sum / count);
  },
  lower: (parameters, variant) => ({
    kernel: variant === 'simd' ? 'meanVector' : 'mean',
    arguments: [
      { input: 0 },
      { output: 0 },
      ...mergeAxes(parameters),
      -parameters.inputZeroPoint * countOf(parameters.inputShape, parameters.reduced) || 0,
      parameters.multiplier,
      parameters.shift,
      parameters.outputZeroPoint,
    ],
    weights: new Uint8Array(0),
    scratchBytes: 0,
  }),
  // Each output lies at or before the start of its own window, and windows start in ascending order.
  inPlace: () => true,
};
