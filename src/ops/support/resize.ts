import * as v from 'valibot';
import type { Tensor } from '../../graph/types.ts';
import { strictObject } from '../../schema.ts';
import type { NodeContext } from '../op.ts';
import { nodeTitle } from './title.ts';
import { imageShape, type Pair, pairSchema } from './window.ts';

/** The attributes of a resize: the output's [height, width], and how its pixels lie over the input's. */
export interface ResizeAttributes {
  readonly size: Pair;
  /** The centers of the corner pixels lie upon each other. */
  readonly alignCorners: boolean;
  /** Pixels are squares with their centers at half places, so that the borders lie upon each other. */
  readonly halfPixelCenters: boolean;
}

export const resizeSchema = v.pipe(
  strictObject({
    size: pairSchema,
    alignCorners: v.optional(v.boolean(), false),
    halfPixelCenters: v.optional(v.boolean(), false),
  }),
  v.check(
    ({ alignCorners, halfPixelCenters }) => !(alignCorners && halfPixelCenters),
    'alignCorners and halfPixelCenters exclude each other',
  ),
);

/** The output's shape of a resize. */
export function resizedShape(context: Omit<NodeContext<ResizeAttributes>, 'outputs'>): number[][] {
  const [, , channels] = imageShape(nodeTitle(context), (context.inputs[0] as Tensor).shape);
  return [[1, ...context.attributes.size, channels]];
}
