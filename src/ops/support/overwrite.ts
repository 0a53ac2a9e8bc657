import type { Distance } from '../op.ts';
import type { ConvolutionGeometry } from './convolution.ts';

type Geometry = Pick<ConvolutionGeometry, 'inputShape' | 'outputShape' | 'stride' | 'padding'>;

/**
 * By how many bytes the output of a convolution has to start before its input, if it is to overwrite that: for kernels that
 * go over the output's pixels in order and read all windows of some pixels before they write these. Whatever is written
 * before pixel p is read must lie before the first value that p and the pixels behind it read. (Padding may not show the
 * image again.)
 */
export function distanceByPixels({ inputShape, outputShape, stride, padding }: Geometry): Distance {
  const [, inputWidth, inputChannels] = inputShape;
  const [height, width, channels] = outputShape;
  let distance = 0;
  let firstRead = Number.POSITIVE_INFINITY;
  for (let y = height - 1; y >= 0; y--) {
    const row = Math.max(0, y * stride[0] - padding.top);
    for (let x = width - 1; x >= 0; x--) {
      const column = Math.max(0, x * stride[1] - padding.left);
      firstRead = Math.min(firstRead, (row * inputWidth + column) * inputChannels);
      distance = Math.max(distance, (y * width + x) * channels - firstRead);
    }
  }
  return { least: distance, multipleOf: 1 };
}

/**
 * The same for kernels that read windows channel by channel while they write two rows of the output, both from their first
 * window's first row on. A kernel that goes down the whole image for each channel must find the others' bytes as they were:
 * each output channel has to lie where its own input channel lies.
 */
export function distanceByRowPairs({
  inputShape,
  outputShape,
  stride,
  padding,
}: Geometry): Distance {
  const inputRow = inputShape[1] * inputShape[2];
  const outputRow = outputShape[1] * outputShape[2];
  let distance = 0;
  for (let y = 0; y < outputShape[0]; y += 2) {
    const written = Math.min(y + 2, outputShape[0]) * outputRow;
    const read = Math.max(0, y * stride[0] - padding.top) * inputRow;
    distance = Math.max(distance, written - read);
  }
  return { least: distance, multipleOf: outputShape[2] };
}
