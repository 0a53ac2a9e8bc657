import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject, wholeNumber } from '../schema.ts';
import type { NodeContext, Op } from './op.ts';
import {
  checkRank,
  copyStrided,
  isContiguous,
  lowerStrided,
  rowMajorSteps,
  type StridedCopy,
} from './support/strided.ts';
import { nodeTitle } from './support/title.ts';

interface TransposeAttributes {
  readonly permutation: readonly number[];
}

/** The copy that a permutation of the axes is. */
export function transposition(
  shape: readonly number[],
  permutation: readonly number[],
): StridedCopy {
  const steps = rowMajorSteps(shape);
  return {
    start: 0,
    sizes: permutation.map((axis) => shape[axis] as number),
    steps: permutation.map((axis) => steps[axis] as number),
  };
}

function copyOf(context: NodeContext<TransposeAttributes>): StridedCopy {
  return transposition((context.inputs[0] as Tensor).shape, context.attributes.permutation);
}

/** Axis i of the output is axis `permutation[i]` of the input. Source: TFLM `reference_ops::Transpose`. */
export const transpose: Op<TransposeAttributes, StridedCopy> = {
  name: 'transpose',
  attributes: strictObject({ permutation: v.array(wholeNumber(0)) }),
  inputCount: [1, 1],
  inferShapes(context) {
    const where = nodeTitle(context);
    const { shape } = context.inputs[0] as Tensor;
    const { permutation } = context.attributes;
    checkRank(where, shape);
    if (
      permutation.length !== shape.length ||
      shape.some((_, axis) => !permutation.includes(axis))
    ) {
      throw new WickError({
        what: 'not a permutation of the axes',
        where,
        expected: `each of ${shape.map((_, axis) => axis).join(', ')} once, for an input of ${formatShape(shape)}`,
        received: permutation.join(', ') || 'none',
      });
    }
    return [permutation.map((axis) => shape[axis] as number)];
  },
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  prepare: copyOf,
  reference: (copy, inputs) =>
    copyStrided(copy, inputs[0] as Int8Array, new Int8Array(elementCount(copy.sizes))),
  referenceFloat(context, inputs) {
    const copy = copyOf(context);
    const output = new Float32Array(elementCount(copy.sizes));
    return copyStrided(copy, inputs[0] as Float32Array, output);
  },
  // Contiguous elements are all of them in their order: only axes of size 1 change places.
  lower: (copy) => (isContiguous(copy) ? null : lowerStrided(copy)),
  inPlace: isContiguous,
};
