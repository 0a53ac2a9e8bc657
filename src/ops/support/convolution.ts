import type { Tensor } from '../../graph/types.ts';
import type { NodeContext } from '../op.ts';
import { type BorderAttributes, borderCodes, borderOf } from './border.ts';
import { nodeTitle } from './title.ts';
import { imageShape, type Padding, type Pair } from './window.ts';

/** What the attributes of convolutions, depthwise or not, say of their windows. */
export interface ConvolutionAttributes extends BorderAttributes {
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
}

/** The windows of a convolution; shapes are [height, width, channels]. */
export interface ConvolutionGeometry extends BorderAttributes {
  readonly inputShape: readonly [number, number, number];
  readonly outputShape: readonly [number, number, number];
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Rows above and columns left of the image; what lies below and right follows from the output shape. */
  readonly padding: { readonly top: number; readonly left: number };
}

/** The geometry of a node whose second input, its weights, has the kernel's height and width as its middle axes. */
export function geometryOf(context: NodeContext<ConvolutionAttributes>): ConvolutionGeometry {
  const where = nodeTitle(context);
  const { stride, dilation, padding, paddingMode } = context.attributes;
  const [input, weights] = context.inputs as [Tensor, Tensor];
  return {
    inputShape: imageShape(where, input.shape),
    outputShape: imageShape(where, (context.outputs[0] as Tensor).shape),
    kernel: [weights.shape[1] as number, weights.shape[2] as number],
    stride,
    dilation,
    padding: { top: padding[0], left: padding[2] },
    paddingMode,
  };
}

/** What kernels of convolutions take first. */
export const pointers = [{ input: 0 }, { weights: 0 }, { output: 0 }, { scratch: 0 }] as const;

/** The geometry as kernels take it, behind their addresses. */
export function geometryNumbers(geometry: ConvolutionGeometry): readonly number[] {
  const { inputShape, outputShape, kernel, stride, dilation, padding } = geometry;
  return [
    ...[...inputShape, ...outputShape, ...kernel, ...stride, ...dilation],
    ...[padding.top, padding.left, borderCodes[borderOf(geometry)]],
  ];
}
