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

interface StridedSliceAttributes {
  readonly begin: readonly number[];
  readonly size: readonly number[];
  readonly strides: readonly number[];
}

function inferShapes(context: Omit<NodeContext<StridedSliceAttributes>, 'outputs'>) {
  const where = nodeTitle(context);
  const { shape } = context.inputs[0] as Tensor;
  const { begin, size, strides } = context.attributes;
  checkRank(where, shape);
  for (const [key, list] of Object.entries({ begin, size, strides })) {
    if (list.length === shape.length) continue;
    throw new WickError({
      what: `'${key}' does not fit the input`,
      where,
      expected: `${shape.length} numbers for an input of ${formatShape(shape)}`,
      received: `${list.length}`,
    });
  }
  shape.forEach((extent, axis) => {
    const first = begin[axis] as number;
    const last = first + ((size[axis] as number) - 1) * (strides[axis] as number);
    if (first < extent && last >= 0 && last < extent) return;
    throw new WickError({
      what: `slice leaves the input along axis ${axis}`,
      where,
      expected: `places from 0 to ${extent - 1}`,
      received: `${first} to ${last}`,
    });
  });
  return [size];
}

function copyOf(context: NodeContext<StridedSliceAttributes>): StridedCopy {
  const steps = rowMajorSteps((context.inputs[0] as Tensor).shape);
  const { begin, size, strides } = context.attributes;
  return {
    start: begin.reduce((sum, place, axis) => sum + place * (steps[axis] as number), 0),
    sizes: size,
    steps: steps.map((step, axis) => step * (strides[axis] as number)),
  };
}

/**
 * Every `strides[axis]`-th element, `size[axis]` of them, from `begin[axis]` on. What TFLite says with masks, negative
 * places and ends is resolved by whoever makes the node; an axis that TFLite shrinks away is one of size 1 with a reshape
 * behind. Source: TFLM `reference_ops::StridedSlice`.
 */
export const stridedSlice: Op<StridedSliceAttributes, StridedCopy> = {
  name: 'strided_slice',
  attributes: strictObject({
    begin: v.array(wholeNumber(0)),
    size: v.array(wholeNumber(1)),
    strides: v.array(
      v.pipe(
        wholeNumber(Number.MIN_SAFE_INTEGER),
        v.check((stride) => stride !== 0, 'strides must not be 0'),
      ),
    ),
  }),
  inputCount: [1, 1],
  inferShapes,
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
  views: (copy) => (isContiguous(copy) ? [copy.start] : undefined),
  lower: lowerStrided,
  // With positive strides elements keep their order, so each moves to its own place or to one before it.
  inPlace: ({ steps }) => steps.every((step) => step > 0),
};
