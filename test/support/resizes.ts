import fc from 'fast-check';
import type { NodeContext, Op } from '../../src/ops/op.ts';
import type { ResizeAttributes } from '../../src/ops/support/resize.ts';
import { int8Tensor, nodeOf } from './operands.ts';
import { int8, values } from './oracle.ts';

/** [height, width, channels]. */
type ImageShape = readonly [number, number, number];

/** The three ways in which a resize lays the output's pixels over the input's. */
export const centers = {
  plain: { alignCorners: false, halfPixelCenters: false },
  alignCorners: { alignCorners: true, halfPixelCenters: false },
  halfPixelCenters: { alignCorners: false, halfPixelCenters: true },
} as const;

/** A resize of an image whose output keeps its input's quantization. */
export function resizeOf<P>(
  op: Op<ResizeAttributes, P>,
  shape: ImageShape,
  attributes: ResizeAttributes,
): NodeContext<ResizeAttributes> {
  const quantization = { scale: 0.25, zeroPoint: -7 };
  const { scale, zeroPoint } = quantization;
  return nodeOf(op, attributes, [int8Tensor('x', [1, ...shape], scale, zeroPoint)], quantization);
}

const side = fc.integer({ min: 1, max: 9 });

/** Small images and other sizes for them. */
export const resizeCases = fc
  .record({
    shape: fc.tuple(side, side, fc.integer({ min: 1, max: 35 })),
    size: fc.tuple(side, side),
    kind: fc.constantFrom(...(Object.keys(centers) as (keyof typeof centers)[])),
  })
  .chain(({ shape, size, kind }) =>
    values(int8, shape[0] * shape[1] * shape[2]).map((data) => ({
      shape,
      attributes: { size, ...centers[kind] },
      data,
    })),
  );
