import * as v from 'valibot';
import { WickError } from '../errors.ts';
import { elementCount, formatShape, type Tensor } from '../graph/types.ts';
import { strictObject } from '../schema.ts';
import type { Op } from './op.ts';
import { nodeTitle } from './support/title.ts';

interface ReshapeAttributes {
  readonly shape: readonly number[];
}

/** The same elements in the same order under another shape; costs nothing. */
export const reshape: Op<ReshapeAttributes, null> = {
  name: 'reshape',
  attributes: strictObject({
    shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(1))),
  }),
  inputCount: [1, 1],
  inferShapes(context) {
    const input = context.inputs[0] as Tensor;
    const { shape } = context.attributes;
    if (elementCount(input.shape) !== elementCount(shape)) {
      throw new WickError({
        what: 'shape has another number of elements',
        where: nodeTitle(context),
        expected: `${elementCount(input.shape)} elements as in ${formatShape(input.shape)}`,
        received: `${elementCount(shape)} in ${formatShape(shape)}`,
      });
    }
    return [shape];
  },
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  prepare: () => null,
  reference: (_, inputs) => Int8Array.from(inputs[0] as Int8Array),
  referenceFloat: (_, inputs) => Float32Array.from(inputs[0] as Float32Array),
  lower: () => null,
  inPlace: () => true,
};
