import type { Tensor } from '../graph/types.ts';
import type { NodeContext, Op } from './op.ts';
import { type ResizeAttributes, resizedShape, resizeSchema } from './support/resize.ts';
import { nodeTitle } from './support/title.ts';
import { imageShape } from './support/window.ts';
import { createWriter } from './support/writer.ts';

/** The parameters of a nearest-neighbour resize: which input row and column each output row and column shows. */
export interface ResizeNearestNeighborParameters {
  readonly inputShape: readonly [number, number, number];
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** Source: TFLM `GetNearestNeighbor`, in float32 as there. */
function nearest(
  inputSize: number,
  outputSize: number,
  { alignCorners, halfPixelCenters }: ResizeAttributes,
): number[] {
  const { fround } = Math;
  const scale =
    alignCorners && outputSize > 1
      ? fround((inputSize - 1) / (outputSize - 1))
      : fround(inputSize / outputSize);
  return Array.from({ length: outputSize }, (_, i) => {
    const place = fround((i + (halfPixelCenters ? 0.5 : 0)) * scale);
    return Math.min(alignCorners ? Math.round(place) : Math.floor(place), inputSize - 1);
  });
}

function prepare(context: NodeContext<ResizeAttributes>): ResizeNearestNeighborParameters {
  const inputShape = imageShape(nodeTitle(context), (context.inputs[0] as Tensor).shape);
  const { attributes } = context;
  return {
    inputShape,
    rows: nearest(inputShape[0], attributes.size[0], attributes),
    columns: nearest(inputShape[1], attributes.size[1], attributes),
  };
}

function resize<T extends Int8Array | Float32Array>(
  { inputShape, rows, columns }: ResizeNearestNeighborParameters,
  input: T,
  output: T,
): T {
  const [, width, channels] = inputShape;
  rows.forEach((row, y) => {
    columns.forEach((column, x) => {
      for (let c = 0; c < channels; c++) {
        output[(y * columns.length + x) * channels + c] = input[
          (row * width + column) * channels + c
        ] as number;
      }
    });
  });
  return output;
}

const outputLength = ({ inputShape, rows, columns }: ResizeNearestNeighborParameters) =>
  rows.length * columns.length * inputShape[2];

/** Each output pixel shows the nearest input pixel. Source: TFLM `reference_ops::ResizeNearestNeighbor`. */
export const resizeNearestNeighbor: Op<ResizeAttributes, ResizeNearestNeighborParameters> = {
  name: 'resize_nearest_neighbor',
  attributes: resizeSchema,
  inputCount: [1, 1],
  inferShapes: resizedShape,
  macs: () => 0,
  outputQuantization: { kind: 'sameAsInput' },
  prepare,
  reference: (parameters, inputs) =>
    resize(parameters, inputs[0] as Int8Array, new Int8Array(outputLength(parameters))),
  referenceFloat(context, inputs) {
    const parameters = prepare(context);
    const output = new Float32Array(outputLength(parameters));
    return resize(parameters, inputs[0] as Float32Array, output);
  },
  lower({ inputShape, rows, columns }) {
    const [, width, channels] = inputShape;
    const offsets = [
      ...rows.map((row) => row * width * channels),
      ...columns.map((column) => column * channels),
    ];
    const weights = createWriter();
    for (const offset of offsets) weights.int32(offset);
    return {
      kernel: 'resizeNearestNeighbor',
      arguments: [
        { input: 0 },
        { weights: 0 },
        { output: 0 },
        rows.length,
        columns.length,
        channels,
      ],
      weights: weights.finish(),
      scratchBytes: 0,
    };
  },
  inPlace: () => false,
};
