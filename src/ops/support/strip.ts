import type { Pair } from './window.ts';

/** The windows of a convolution; shapes are [height, width, channels]. */
interface Geometry {
  readonly outputShape: readonly [number, number, number];
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
}

/** The memory of the strip that v128 convolutions read (assembly/wide_strip.ts). */
export interface StripPlan {
  /** The output rows whose input rows are in the strip at a time. */
  readonly bandRows: number;
  readonly stripBytes: number;
  /** The bytes of the table that says where in the strip each window starts. */
  readonly tableBytes: number;
}

/** What a strip takes at most, if a single output row leaves the choice: it should stay in the first-level cache. */
const largestStrip = 24 * 1024;

/** The columns of the strip that windows of one output row cover: whole phases. */
export function stripColumns({ outputShape, kernel, stride, dilation }: Geometry): number {
  const covered = (outputShape[1] - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1;
  return dilation[1] * Math.ceil(covered / dilation[1]);
}

/** Plans a strip of pixels that take `pixelValues` int16 each. */
export function planStrip(geometry: Geometry, pixelValues: number): StripPlan {
  const { outputShape, kernel, stride, dilation } = geometry;
  const rowBytes = 2 * stripColumns(geometry) * pixelValues;
  const first = (kernel[0] - 1) * dilation[0] + 1;
  const more = Math.floor((largestStrip / rowBytes - first) / stride[0]);
  const bandRows = Math.min(outputShape[0], 1 + Math.max(0, more));
  const rows = first + (bandRows - 1) * stride[0];
  // Behind the last value may lie one more that meets a weight of zero.
  const stripBytes = 16 * Math.ceil((rows * rowBytes + 2) / 16);
  // Tiles are of four pixels: the table holds the last window three times more.
  return { bandRows, stripBytes, tableBytes: 4 * (bandRows * outputShape[1] + 3) };
}
